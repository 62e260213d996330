import Foundation
import GatehouseTokens
import Testing

@Suite struct Base64URLTests {
    @Test func `every length decodes to what was encoded and as Foundation has it`() {
        var random = SeededGenerator(1)
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = Base64URL.encode(bytes)
            let expected = Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
            #expect(text == expected)
            #expect(Base64URL.decode(text) == bytes)
        }
    }

    @Test(arguments: [
        "A", "AAAAA", "AA==", "AAA=", "AA+A", "AA/A", "AA A", "AA\nA", " AAAA", "AAAA ", "AA.A", "ÄAAA", "AB", "AAB", "_x", "A\0AA",
    ])
    func `padding, the other alphabet, white space and unused bits are refused`(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }

    @Test func `no two texts decode to the same bytes`() {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var seen: Set<[UInt8]> = []
        for first in alphabet {
            for second in alphabet {
                guard let bytes = Base64URL.decode(String([first, second])) else { continue }
                #expect(seen.insert(bytes).inserted)
            }
        }
        #expect(seen.count == 256)
    }

    @Test func `a digest is that of FIPS 180-4 however the text is stored`() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(SHA256Digest(hashing: "abc").bytes.map { String(format: "%02x", $0) }.joined() == expected)
        #expect(SHA256Digest(hashing: Array("abc".utf8)) == SHA256Digest(hashing: "abc"))
        #expect(SHA256Digest(hashing: String(NSString(string: "äbc" as String))) == SHA256Digest(hashing: "äbc"))
        #expect(SHA256Digest(bytes: SHA256Digest(hashing: "x").bytes) == SHA256Digest(hashing: "x"))
        #expect(SHA256Digest(bytes: [1, 2, 3]) == nil)
        #expect(SHA256Digest(hashing: "a") != SHA256Digest(hashing: "b"))
    }
}
