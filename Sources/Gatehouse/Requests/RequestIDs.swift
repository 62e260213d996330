import GatehouseCore
import HTTPTypes
import Synchronization

/// Gives each request its id: the client's own if it is fit for a log line, else a new one.
final class RequestIDs: Sendable {
    private let prefix: String
    private let counter = Atomic<UInt64>(0)

    init(random: RandomSource) {
        // Short enough for an id to fit into a string without an allocation.
        let digits = Array("0123456789abcdefghjkmnpqrstvwxyz")
        prefix = String(random.bytes(8).map { digits[Int($0 & 31)] }) + "-"
    }

    /// The one `X-Request-ID` if it is 1–128 of the characters `A-Z a-z 0-9 . _ -`; never a secret.
    func id(for fields: HTTPFields) -> String {
        let sent = fields.all(.requestID)
        if sent.count == 1, (1...128).contains(sent[0].utf8.count), sent[0].utf8.allSatisfy(Self.isFit) { return sent[0] }
        let number = counter.add(1, ordering: .relaxed).newValue
        return prefix + String(number, radix: 36)
    }

    private static func isFit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
