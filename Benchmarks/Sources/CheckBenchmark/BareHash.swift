import Crypto

/// The least that checking an opaque secret costs: its SHA-256 by swift-crypto, compared with the one expected.
struct BareHash: Check {
    private let text: String
    private let expected: SHA256Digest

    init(text: String, expected: String) {
        self.text = text
        self.expected = Self.hash(expected)
    }

    func accepted(of count: Int) -> Int {
        var accepted = 0
        for _ in 0..<count where Self.hash(text) == expected { accepted += 1 }
        return accepted
    }

    private static func hash(_ text: String) -> SHA256Digest {
        var text = text
        return text.withUTF8 { bytes in
            var hash = SHA256()
            hash.update(bufferPointer: UnsafeRawBufferPointer(bytes))
            return hash.finalize()
        }
    }
}
