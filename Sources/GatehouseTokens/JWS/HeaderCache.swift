import Synchronization

/// The headers of tokens that were verified lately: all tokens of one key have the same one, byte for byte, so that it need be
/// decoded, read and matched with its key but once. Only a good signature gets a header in, so nobody else can fill it.
final class HeaderCache: Sendable {
    /// By reference: nothing of it is copied when it is looked up.
    final class Entry: Sendable {
        let segment: [UInt8]
        let header: JWSHeader
        let key: VerificationKey

        init(segment: [UInt8], header: JWSHeader, key: VerificationKey) {
            self.segment = segment
            self.header = header
            self.key = key
        }
    }

    private static let maximumEntries = 8
    private let entries = Mutex<[Entry]>([])

    /// The entry of the header segment that `token` begins with.
    func entry(for token: Span<UInt8>, headerLength: Int) -> Entry? {
        let entries = entries.withLock { $0 }
        for entry in entries where entry.segment.count == headerLength {
            let segment = entry.segment
            if Self.equal(segment.span, token) { return entry }
        }
        return nil
    }

    /// Whether `token` begins with a header that is here.
    func knows(_ token: String) -> Bool {
        let entries = entries.withLock { $0 }
        var token = token
        return token.withUTF8 { text in
            entries.contains { entry in
                let segment = entry.segment
                return segment.count < text.count && text[segment.count] == UInt8(ascii: ".") && text.starts(with: segment)
            }
        }
    }

    func insert(_ entry: Entry) {
        entries.withLock { entries in
            guard !entries.contains(where: { $0.segment == entry.segment }) else { return }
            if entries.count == Self.maximumEntries { entries.removeFirst() }
            entries.append(entry)
        }
    }

    private static func equal(_ segment: Span<UInt8>, _ token: Span<UInt8>) -> Bool {
        for index in 0..<segment.count where segment[index] != token[index] { return false }
        return true
    }
}
