import Foundation
import GatehouseCore
import GatehouseTokens
import Testing

@Suite struct StrictJSONTests {
    private func read(_ text: String) throws -> StrictJSON { try StrictJSON(Array(text.utf8)) }

    @Test func `values are found by name and by path`() throws {
        let root = try read(
            #" { "iss" : "a\u00e4\ud83d\ude00\n", "n": -12, "f": 1.5e3, "t": true, "z": null, "realm_access": {"roles": ["x", "y"]}, "e": {} , "l":[] } "#
        ).root
        #expect(root["iss"]?.string == "aä😀\n")
        #expect(root["n"]?.integer == -12)
        #expect(root["n"]?.number == -12)
        #expect(root["f"]?.number == 1500)
        #expect(root["f"]?.integer == nil)
        #expect(root["t"]?.bool == true)
        #expect(root["z"]?.isNull == true)
        #expect(root.element(at: ["realm_access", "roles"])?.strings == ["x", "y"])
        #expect(root["e"]?.members?.isEmpty == true)
        #expect(root["l"]?.array?.isEmpty == true)
        #expect(root["missing"] == nil)
        #expect(root["iss"]?["deeper"] == nil)
        #expect(root.members?.map(\.name) == ["iss", "n", "f", "t", "z", "realm_access", "e", "l"])
    }

    @Test func `claims are looked up without decoding the rest`() {
        let claims = Claims(json: Array(#"{"iss":"i","realm_access":{"roles":["a","b"]},"one":"a","n":1.5,"i":7,"b":false}"#.utf8))
        #expect(claims.string("iss") == "i")
        #expect(claims.strings(at: ["realm_access", "roles"]) == ["a", "b"])
        #expect(claims.strings(at: ["one"]) == ["a"])
        #expect(claims.strings(at: ["n"]) == nil)
        #expect(claims.number(at: ["n"]) == 1.5)
        #expect(claims.integer(at: ["i"]) == 7)
        #expect(claims.bool(at: ["b"]) == false)
        #expect(claims.has("b"))
        #expect(!claims.has("c"))
        #expect(Claims(json: Array("{".utf8)).string("iss") == nil)
    }

    @Test(arguments: [
        #"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#, #"{"x":{"b":1,"b":1}}"#, #"{"\ud83d\ude00":1,"😀":2}"#, #"{"":1,"":2}"#,
    ])
    func `a member named twice is refused, escaped or not`(text: String) {
        expectInvalidToken { _ = try read(text) }
    }

    @Test func `a member named twice among many is refused wherever it stands`() throws {
        for count in [2, 15, 16, 17, 18, 40, 3000] {
            let names = (0..<count).map { "\"m\($0)\":0" }
            _ = try read("{" + names.joined(separator: ",") + "}")
            for twin in [0, count / 2, count - 1] {
                expectInvalidToken { _ = try read("{" + (names + ["\"\\u006d\(twin)\":1"]).joined(separator: ",") + "}") }
            }
        }
    }

    @Test func `names that differ are told apart, byte for byte`() throws {
        let root = try read("{\"\u{e9}\":1,\"e\u{301}\":2,\"a\":3,\"A\":4,\"a\\u0000\":5}").root
        #expect(root["\u{e9}"]?.integer == 1)
        #expect(root["e\u{301}"]?.integer == 2)
        #expect(root["a\u{0}"]?.integer == 5)
    }

    @Test func `nesting ends at sixteen`() throws {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            func nested(_ depth: Int) -> String {
                String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
            }
            _ = try read(nested(16))
            expectInvalidToken { _ = try read(nested(17)) }
            expectInvalidToken { _ = try read(nested(100_000)) }
            expectInvalidToken { _ = try read(String(repeating: open, count: 100_000)) }
        }
    }

    @Test(arguments: [
        "1e400", "-1e400", "1e99999999999", "NaN", "Infinity", "-Infinity", "01", "-01", "1.", ".5", "1e", "1e+", "+1", "-", "0x1", "1_0",
        "--1", "1.e1", "00",
    ])
    func `a number out of range or out of shape is refused`(text: String) {
        expectInvalidToken { _ = try read(text) }
        expectInvalidToken { _ = try read("{\"a\":\(text)}") }
    }

    @Test func `numbers keep their value`() throws {
        #expect(try read("0").root.integer == 0)
        #expect(try read("-0").root.number == 0)
        #expect(try read("999999999999999999").root.integer == 999_999_999_999_999_999)
        #expect(try read("9223372036854775807").root.integer == .max)
        #expect(try read("-9223372036854775808").root.integer == .min)
        #expect(try read("9223372036854775808").root.integer == nil)
        #expect(try read("1e308").root.number == 1e308)
        #expect(try read("1e-400").root.number == 0)
        #expect(try read(String(repeating: "9", count: 300)).root.number == Double(String(repeating: "9", count: 300)))
        expectInvalidToken { _ = try read(String(repeating: "9", count: 309)) }
        expectInvalidToken { _ = try read("0." + String(repeating: "1", count: 100_000)) }
    }

    @Test(arguments: [
        "", " ", "{", "}", "[", "]", "{}{}", "{} x", "[1,]", "{\"a\":1,}", "[,1]", "[1 2]", "{\"a\" 1}", "{a:1}", "{1:1}", "'a'", "tru",
        "truex", "True", "nul", "\"", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"a\nb\"", "\"\u{1}\"", "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"", "\"\\ud800\\ud800\"", "\"\\ud800x\"", "{\"\\ud800\":1}", "// c\n1", "[1]/**/", "\u{FEFF}1", "\u{A0}1",
        "{\"a\":}",
        "{\"a\"}", "[}", "{]", "{\"a\":1]", "1 ,", "\u{0}",
    ])
    func `what is no JSON is refused`(text: String) {
        expectInvalidToken { _ = try read(text) }
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0xAE], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xC3, 0x28], [0xE2, 0x28, 0xA1],
        ] as [[UInt8]])
    func `invalid UTF-8 is refused`(bytes: [UInt8]) {
        expectInvalidToken { _ = try StrictJSON(Array("\"".utf8) + bytes + Array("\"".utf8)) }
        expectInvalidToken { _ = try StrictJSON(Array("{\"".utf8) + bytes + Array("\":1}".utf8)) }
    }

    @Test func `the refusal carries the code that was asked for`() {
        let error = #expect(throws: GatehouseError.self) { try StrictJSON(Array("{".utf8), refusingWith: .malformedRequest) }
        #expect(error?.code == .malformedRequest)
    }
}

@Suite struct JSONPropertyTests {
    @Test func `random documents mean the same to this reader and to Foundation's`() throws {
        var random = SeededGenerator(42)
        for _ in 0..<400 {
            let value = RandomJSON.value(depth: 4, &random)
            let text = Array(RandomJSON.text(of: value, &random).utf8)
            let read = try StrictJSON(text).root.value
            #expect(read == value)
            let plain = try JSONSerialization.jsonObject(with: Data(try written(value)), options: .fragmentsAllowed)
            let fancy = try JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)
            #expect((plain as? NSObject) == (["v": fancy] as NSDictionary)["v"] as? NSObject)
        }
    }

    @Test func `what this reader takes, Foundation's takes too`() throws {
        var random = SeededGenerator(7)
        var taken = 0
        for _ in 0..<4000 {
            var text = Array(RandomJSON.text(of: RandomJSON.value(depth: 3, &random), &random).utf8)
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                let position = Int.random(in: 0..<text.count, using: &random)
                text[position] =
                    Array("{}[]\",:\\019.eE+-tfn \u{1}\u{7f}").map(\.utf8.first).compactMap(\.self).randomElement(using: &random) ?? 0
            }
            guard (try? StrictJSON(text)) != nil else { continue }
            taken += 1
            #expect(throws: Never.self, "\(String(decoding: text, as: UTF8.self))") {
                try JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)
            }
        }
        #expect(taken > 100)
    }

    /// The value as our own writer has it, taken out of a token.
    private func written(_ value: ClaimValue) throws -> [UInt8] {
        var claims = TokenClaims(issuer: "i", subject: "s", audience: ["a"], expiresAt: Timestamp(seconds: 1))
        claims.extra = ["v": value]
        let token = try TokenIssuer(key: TestKeys.key(.HS256)).issue(claims: claims)
        let payload = try #require(Base64URL.decode(String(token.split(separator: ".")[1])))
        let text = String(decoding: payload, as: UTF8.self)
        let start = try #require(text.range(of: "\"v\":"))
        return Array(text[start.upperBound...].dropLast().utf8)
    }
}

/// Documents of random shape, written with random space and escapes.
enum RandomJSON {
    private static let characters: [Character] = [
        "a", "Z", "0", "\"", "\\", "/", "\n", "\t", "\u{0}", "\u{1f}", "ä", "ß", "€", "😀", "\u{7f}", " ",
    ]

    static func value(depth: Int, _ random: inout SeededGenerator) -> ClaimValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
        case 0: return .null
        case 1: return .bool(.random(using: &random))
        case 2: return .integer(Int64(truncatingIfNeeded: random.next()) >> Int64.random(in: 0..<63, using: &random))
        case 3: return .number(Double.random(in: -1...1, using: &random) * 1e10)
        case 4, 5: return .string(string(&random))
        case 6: return .array((0..<Int.random(in: 0...5, using: &random)).map { _ in value(depth: depth - 1, &random) })
        default:
            var members: [String: ClaimValue] = [:]
            for _ in 0..<Int.random(in: 0...20, using: &random) { members[string(&random)] = value(depth: depth - 1, &random) }
            return .object(members)
        }
    }

    private static func string(_ random: inout SeededGenerator) -> String {
        String((0..<Int.random(in: 0...8, using: &random)).map { _ in characters.randomElement(using: &random) ?? "a" })
    }

    static func text(of value: ClaimValue, _ random: inout SeededGenerator) -> String {
        let space = ["", "", " ", "\n", "\t\r "].randomElement(using: &random) ?? ""
        switch value {
        case .null: return space + "null"
        case .bool(let bool): return "\(bool)" + space
        case .integer(let integer): return "\(integer)" + space
        case .number(let number): return space + "\(number)"
        case .string(let text): return quoted(text, &random)
        case .array(let elements): return space + "[" + elements.map { self.text(of: $0, &random) }.joined(separator: ",") + space + "]"
        case .object(let members):
            let parts = members.map { quoted($0.key, &random) + space + ":" + self.text(of: $0.value, &random) }
            return "{" + space + parts.joined(separator: space + ",") + "}"
        }
    }

    private static func quoted(_ text: String, _ random: inout SeededGenerator) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            if scalar.value < 0x20 || scalar == "\"" || scalar == "\\" || Int.random(in: 0..<4, using: &random) == 0 {
                for unit in String(scalar).utf16 { out += "\\u" + String(format: "%04x", unit) }
            } else {
                out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
