import GatehouseCore
import HTTPTypes
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// A request head that can be read in one way only, and what it says about its connection.
struct RequestHead {
    let request: HTTPRequest
    let isHTTP10: Bool
    let wantsKeepAlive: Bool
    /// The decoder stops after such a request until somebody switches protocols.
    let asksForUpgrade: Bool
    let expectsContinue: Bool

    /// Checks and converts what the decoder read; throws `malformed_request` for everything that another server might read differently.
    ///
    /// Refused: field names outside RFC 9110, values that are not UTF-8 or hold control bytes, more or less than one `Host`, unclear
    /// framing (RFC 9112 section 6.3), CONNECT, and targets that are neither origin-form nor an absolute form of the same `Host`.
    init(_ head: HTTPRequestHead) throws(GatehouseError) {
        var fields = FieldReader()
        fields.fields.reserveCapacity(head.headers.count)
        for (name, value) in head.headers { try fields.read(name, value) }
        isHTTP10 = head.version.minor == 0
        let host = try Self.checkedHost(fields, isHTTP10: isHTTP10)
        try fields.checkFraming(isHTTP10: isHTTP10)
        guard head.method != .CONNECT, let method = try? HTTPRequest.Method(head.method) else {
            throw .malformed("The method is CONNECT or not a token.")
        }
        let path = try Self.originForm(head.uri, host: host)
        request = HTTPRequest(method: method, scheme: "http", authority: host, path: path, headerFields: fields.fields)
        wantsKeepAlive = !isHTTP10 && !fields.wantsClose
        asksForUpgrade = fields.hasUpgrade
        expectsContinue = !isHTTP10 && fields.expectsContinue
    }

    private static func checkedHost(_ fields: FieldReader, isHTTP10: Bool) throws(GatehouseError) -> String? {
        guard fields.hostCount <= 1 else { throw .malformed("There is more than one Host field.") }
        guard let host = fields.host else {
            guard isHTTP10 else { throw .malformed("The Host field is missing.") }
            return nil
        }
        guard !host.isEmpty, host.allBytes(isHostByte) else {
            throw .malformed("The Host field is not a host with an optional port.")
        }
        return host
    }

    /// The path and query of `target`, byte for byte as sent.
    private static func originForm(_ target: String, host: String?) throws(GatehouseError) -> String {
        guard target.allBytes({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") }) else {
            throw .malformed("The request target holds a byte that must be percent-encoded.")
        }
        if target.utf8.first == UInt8(ascii: "/") { return target }
        let scheme = target.prefix { $0 != ":" }
        let rest = target.dropFirst(scheme.count + 3)
        guard ["http", "https"].contains(scheme.lowercased()), target.dropFirst(scheme.count).hasPrefix("://") else {
            throw .malformed("The request target is neither a path nor a URL.")
        }
        let end = rest.utf8.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
        guard let host, rest[..<end].lowercased() == host.lowercased() else {
            throw .malformed("The request target names another authority than the Host field.")
        }
        return rest[end...].utf8.first == UInt8(ascii: "/") ? String(rest[end...]) : "/" + rest[end...]
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"): true
        default: false
        }
    }
}

extension String {
    /// Over the bytes themselves, where they stand: every request comes here.
    @inline(__always) fileprivate func allBytes(_ holds: (UInt8) -> Bool) -> Bool {
        let bytes = utf8.span
        for index in bytes.indices where !holds(bytes[index]) { return false }
        return true
    }
}

extension GatehouseError {
    static func malformed(_ message: String) -> GatehouseError { GatehouseError(.malformedRequest, message) }
}
