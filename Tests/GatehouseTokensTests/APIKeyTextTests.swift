import GatehouseCore
import GatehouseTokens
import Testing

@Suite struct APIKeyTextTests {
    private static func text(_ kind: String, _ random: RandomSource = .system) throws -> (id: String, text: String) {
        let made = try APIKeyText.make(kind: kind, random: random)
        return (made.id, made.text.expose { $0 })
    }

    /// Bytes counting up from 0, from the start at every call.
    private static let counting = RandomSource { count in (0..<count).map { UInt8($0) } }

    /// Made with Python's integers and zlib.
    @Test(arguments: [
        ("key", counting, "gh_key_L5pZJ3nXH1lVFzjT_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf_45MYgO"),
        ("sa", RandomSource { [UInt8](repeating: 0, count: $0) }, "gh_sa_0000000000000000_0000000000000000000000000000000000000000000_1EcHT6"),
        (
            "a1b2c3d4e5f6g7h8", RandomSource { [UInt8](repeating: 255, count: $0) },
            "gh_a1b2c3d4e5f6g7h8_3333333333333333_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1_32ziID"
        ),
    ])
    func `keys are written as another implementation writes them`(kind: String, random: RandomSource, expected: String) throws {
        let made = try Self.text(kind, random)
        #expect(made.text == expected)
        let read = try #require(APIKeyText(expected))
        #expect(read.kind == kind)
        #expect(read.id == made.id)
    }

    @Test func `every key that is made is read, found by its pattern, and not printed`() throws {
        let pattern = /gh_[a-z0-9]{1,16}_[0-9A-Za-z]{16}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}/
        var seen: Set<String> = []
        for number in 0..<500 {
            let kind = String("k7abcdefghijklmnop".prefix(1 + number % 16))
            let made = try Self.text(kind)
            #expect(APIKeyText(made.text)?.kind == kind)
            #expect(APIKeyText(made.text)?.id == made.id)
            #expect("key=\(made.text);".firstMatch(of: pattern)?.output == made.text[...])
            #expect(APIKeyText.isLikely(made.text))
            seen.insert(made.text)
        }
        #expect(seen.count == 500)
        #expect("\(try APIKeyText.make(kind: "key"))".contains("_") == false)
    }

    @Test func `any other byte in any place is refused`() throws {
        for kind in ["key", "a", "a1b2c3d4e5f6g7h8"] {
            let good = Array(try Self.text(kind).text.utf8)
            for place in good.indices {
                let taken = (UInt8.min...UInt8.max).filter { byte in
                    var changed = good
                    changed[place] = byte
                    return APIKeyText(String(decoding: changed, as: UTF8.self)) != nil
                }
                #expect(taken == [good[place]])
            }
        }
    }

    @Test func `two characters that changed places, a missing and an added one are refused`() throws {
        let good = Array(try Self.text("key").text)
        for place in good.indices {
            var shorter = good
            shorter.remove(at: place)
            #expect(APIKeyText(String(shorter)) == nil)
            for character in ["0", "_", " ", "\n", "\0", "é"] as [Character] {
                #expect(APIKeyText(String(good[..<place] + [character] + good[place...])) == nil)
            }
            guard place + 1 < good.count, good[place] != good[place + 1] else { continue }
            var swapped = good
            swapped.swapAt(place, place + 1)
            #expect(APIKeyText(String(swapped)) == nil)
        }
    }

    @Test(arguments: [
        "", "gh_", "gh__", "gh_key", String(repeating: "gh_", count: 100_000), String(repeating: "_", count: 80),
        // The checksums are right: a secret of more than 32 bytes, and one character too many or too few for the kind.
        "gh_key_0000000000000000_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp2_2Fw9Tj",
        " gh_sa_0000000000000000_0000000000000000000000000000000000000000000_1EcHT6",
        "gh_sa_0000000000000000_0000000000000000000000000000000000000000000_1EcHT6 ",
        "GH_sa_0000000000000000_0000000000000000000000000000000000000000000_1EcHT6",
    ])
    func `what is no key is refused`(text: String) { #expect(APIKeyText(text) == nil) }

    @Test(arguments: ["", "Key", "my key", "k-1", "k_1", "schlüssel", "a1b2c3d4e5f6g7h89"])
    func `a kind that does not fit is refused`(kind: String) {
        let error = #expect(throws: GatehouseError.self) { try APIKeyText.make(kind: kind) }
        #expect(error?.code == .validationFailed)
        #expect(error?.fields.map(\.field) == ["kind"])
    }

    @Test func `what begins like a key is likely meant as one`() {
        for text in ["gh_", "gh_key_x"] { #expect(APIKeyText.isLikely(text)) }
        for text in ["", "gh", "ghp_x", "GH_x", "eyJ", "xgh_"] { #expect(!APIKeyText.isLikely(text)) }
    }
}
