import GatehouseCore
import GatehouseTokens
import Testing

@Suite struct MasterKeyTests {
    private let one = Base64URL.encode([UInt8](repeating: 1, count: 32))
    private let two = Base64URL.encode([UInt8](repeating: 2, count: 32))

    private func refusal(_ text: String) -> GatehouseError? {
        #expect(throws: GatehouseError.self) { try MasterKey(parsing: Secret(text)) }
    }

    @Test func `what was sealed opens in its own place only`() throws {
        let key = try MasterKey(parsing: Secret(one))
        let secret = Array("a private key".utf8)
        let sealed = try key.seal(secret, context: "signing_keys/1/private_key")
        #expect(try key.open(sealed, context: "signing_keys/1/private_key").expose { $0 } == secret)
        #expect(try key.seal(secret, context: "signing_keys/1/private_key") != sealed)
        let moved = #expect(throws: GatehouseError.self) { try key.open(sealed, context: "signing_keys/2/private_key") }
        #expect(moved?.code == .masterKeyMismatch)
        #expect(try key.open(key.seal([], context: ""), context: "").expose { $0 } == [])
    }

    @Test func `a changed byte is noticed wherever it is`() throws {
        let key = try MasterKey(parsing: Secret(one))
        let sealed = try key.seal([1, 2, 3], context: "c")
        for position in sealed.indices {
            var changed = sealed
            changed[position] ^= 1
            let error = #expect(throws: GatehouseError.self) { try key.open(changed, context: "c") }
            #expect(error?.code == .masterKeyMismatch)
        }
        for length in 0..<sealed.count { #expect(throws: GatehouseError.self) { try key.open(Array(sealed.prefix(length)), context: "c") } }
    }

    @Test func `a new key in front seals, the old one behind it still opens`() throws {
        let before = try MasterKey(parsing: Secret(one))
        let during = try MasterKey(parsing: Secret("\(two), \(one)\n"))
        let after = try MasterKey(parsing: Secret(two))
        let old = try before.seal([1], context: "c")
        let new = try during.seal([2], context: "c")
        #expect(try during.open(old, context: "c").expose { $0 } == [1])
        #expect(try during.open(new, context: "c").expose { $0 } == [2])
        #expect(try after.open(new, context: "c").expose { $0 } == [2])
        #expect(during.isOutdated(old))
        #expect(!during.isOutdated(new))
        let error = #expect(throws: GatehouseError.self) { try after.open(old, context: "c") }
        #expect(error?.code == .masterKeyMismatch)
    }

    @Test func `text that is not 32 bytes in base64url does not load, and is not told`() {
        #expect(refusal("")?.code == .masterKeyMissing)
        #expect(refusal(" \n")?.code == .masterKeyMissing)
        for text in [
            "hunter2hunter2", one + "=", String(one.dropLast()), one + "A", "\(one),", ",\(one)", "\(one),short",
            one.replacing("E", with: "+"),
        ] {
            let error = refusal(text)
            #expect(error?.code == .configurationInvalid, "\(text)")
            #expect(error?.message.contains("hunter2") == false)
            #expect(error?.message.contains("openssl rand") == true)
        }
    }

    @Test func `derived keys differ by label and by key`() throws {
        let key = try MasterKey(parsing: Secret(one))
        let refresh = key.derive(label: "refresh").expose { $0 }
        #expect(refresh.count == 32)
        #expect(refresh == key.derive(label: "refresh").expose { $0 })
        #expect(refresh != key.derive(label: "csrf").expose { $0 })
        #expect(refresh != (try MasterKey(parsing: Secret(two))).derive(label: "refresh").expose { $0 })
        #expect(refresh != [UInt8](repeating: 1, count: 32))
        var dumped = ""
        dump(key, to: &dumped)
        #expect("\(key)" == "<master key>")
        #expect(Set(dumped.unicodeScalars).isDisjoint(with: "0123456789".unicodeScalars))
    }

    @Test func `a made key loads`() throws {
        _ = try MasterKey(parsing: MasterKey.generateText())
        #expect(MasterKey.generateText().expose { $0 } != MasterKey.generateText().expose { $0 })
    }

    @Test func `the HMAC is that of RFC 4231`() {
        let tag = HMACSHA256.tag(Secret([UInt8](repeating: 0x0b, count: 20)), Array("Hi There".utf8))
        #expect(Base64URL.encode(tag) == "sDRMYdjbOFNcqK_OrwvxK4gdwgDJgz2nJuk3bC4yz_c")
        #expect(HMACSHA256.isValid(tag, Secret([UInt8](repeating: 0x0b, count: 20)), Array("Hi There".utf8)))
        #expect(!HMACSHA256.isValid(tag, Secret([UInt8](repeating: 0x0c, count: 20)), Array("Hi There".utf8)))
    }
}
