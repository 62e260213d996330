import Crypto
import CryptoExtras
import Foundation
import GatehouseCore
import GatehouseTokens
import Testing

@Suite struct KeyTests {
    @Test(arguments: SigningAlgorithm.allCases)
    func `a key survives being stored as bytes`(algorithm: SigningAlgorithm) throws {
        let key = try TestKeys.key(algorithm)
        let again = try SigningKey(algorithm: algorithm, privateBytes: key.privateBytes())
        #expect(again.kid == key.kid)
        let token = try JWS.sign([1, 2, 3], with: again)
        #expect(try JWS.verify(compact: token, keys: try KeyRing([key.verificationKey])).payload == [1, 2, 3])
    }

    @Test(arguments: SigningAlgorithm.allCases)
    func `the published key is the public half and nothing else`(algorithm: SigningAlgorithm) throws {
        let key = try TestKeys.key(algorithm)
        guard !algorithm.isSymmetric else {
            #expect(key.publicJWK == nil)
            #expect(try KeyRing(signing: key).publicKeys.keys.isEmpty)
            return
        }
        let json = try #require(key.publicJWK).json()
        let members = try #require(StrictJSON(json).root.members).map(\.name)
        #expect(Set(members).isSubset(of: ["kty", "kid", "alg", "use", "crv", "x", "y", "n", "e"]))
        #expect(key.kid == key.publicJWK?.thumbprint)
        let read = try JWK(json: json)
        #expect(read == key.publicJWK)
        #expect(try VerificationKey(read).algorithms == [algorithm])
    }

    @Test func `a JWK that holds a private member is refused for verifying`() throws {
        for member in ["d", "k", "p", "q", "dp", "dq", "qi", "oth"] {
            let json = #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","\#(member)":"AA"}"#
            expectInvalidKey("\(member)") { _ = try JWK(json: Array(json.utf8)) }
        }
    }

    @Test(arguments: [
        (SigningAlgorithm.HS256, 32), (.HS384, 48), (.HS512, 64),
    ])
    func `an HMAC secret shorter than its hash does not load`(algorithm: SigningAlgorithm, length: Int) throws {
        expectInvalidKey { _ = try VerificationKey(hmac: Secret([UInt8](repeating: 1, count: length - 1)), algorithm: algorithm) }
        expectInvalidKey {
            _ = try SigningKey(algorithm: algorithm, privateBytes: Secret([UInt8](repeating: 1, count: length - 1)))
        }
        _ = try VerificationKey(hmac: Secret([UInt8](repeating: 1, count: length)), algorithm: algorithm)
        expectInvalidKey { _ = try VerificationKey(jwk: Secret(#"{"kty":"oct","k":"AAAA"}"#)) }
    }

    @Test func `RSA below 2048 bits and exponents below 65537 are refused`() throws {
        let small = try _RSA.Signing.PrivateKey(unsafeKeySize: .init(bitCount: 1024)).publicKey
        expectInvalidKey { _ = try VerificationKey(pem: small.pemRepresentation) }
        let numbers = try TestKeys.key(.RS256).publicJWK.map(\.material)
        guard case .rsa(let modulus, _) = try #require(numbers) else { Issue.record("not RSA"); return }
        for exponent in [[1], [3], [17], [0], [], [0, 0, 3], [1, 0, 0], [255, 255], [1, 0, 0, 0, 1]] as [[UInt8]] {
            expectInvalidKey("\(exponent)") { _ = try VerificationKey(JWK(.rsa(modulus: modulus, exponent: exponent))) }
        }
        expectInvalidKey { _ = try VerificationKey(JWK(.rsa(modulus: [UInt8](repeating: 255, count: 2049), exponent: [1, 0, 1]))) }
        expectInvalidKey { _ = try VerificationKey(JWK(.rsa(modulus: [], exponent: [1, 0, 1]))) }
        _ = try VerificationKey(JWK(.rsa(modulus: [0] + modulus, exponent: [1, 0, 1])))
    }

    @Test func `points off their curve are refused`() throws {
        for (curve, length) in [(JWK.Curve.p256, 32), (.p384, 48), (.p521, 66)] {
            let zero = [UInt8](repeating: 0, count: length)
            let one = [UInt8](repeating: 1, count: length)
            expectInvalidKey { _ = try VerificationKey(JWK(.ellipticCurve(curve, x: zero, y: zero))) }
            expectInvalidKey { _ = try VerificationKey(JWK(.ellipticCurve(curve, x: one, y: one))) }
            expectInvalidKey { _ = try VerificationKey(JWK(.ellipticCurve(curve, x: one, y: []))) }
            expectInvalidKey { _ = try VerificationKey(JWK(.ellipticCurve(curve, x: Array(one.dropLast()), y: one + [1]))) }
        }
    }

    /// All encodings of the points whose order divides 8, the non-canonical ones too.
    static let smallOrder = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ]

    @Test(arguments: smallOrder)
    func `an Ed25519 point of small order is refused`(hex: String) throws {
        expectInvalidKey { _ = try VerificationKey(JWK(.ed25519(bytes(hex)))) }
    }

    @Test func `an Ed25519 point is told from what is none as another implementation does`() throws {
        // y = 2 has no x; the base point, y = 4/5, has one.
        expectInvalidKey { _ = try VerificationKey(JWK(.ed25519(bytes("02" + String(repeating: "00", count: 31))))) }
        _ = try VerificationKey(JWK(.ed25519(bytes("58" + String(repeating: "66", count: 31)))))
        expectInvalidKey { _ = try VerificationKey(JWK(.ed25519([1, 2, 3]))) }
        for _ in 0..<50 {
            let key = [UInt8](Curve25519.Signing.PrivateKey().publicKey.rawRepresentation)
            _ = try VerificationKey(JWK(.ed25519(key)))
        }
        var random = SeededGenerator(3)
        let loaded = (0..<200).count { _ in
            let key = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
            return (try? VerificationKey(JWK(.ed25519(key)))) != nil
        }
        // Half of all numbers are the y of a point.
        #expect((60...140).contains(loaded))
    }

    private func bytes(_ hex: String) -> [UInt8] {
        stride(from: 0, to: hex.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
    }

    @Test(arguments: [
        #"{"kty":"RSA"}"#, #"{"kty":"EC","crv":"P-192","x":"AA","y":"AA"}"#, #"{"kty":"OKP","crv":"X25519","x":"AA"}"#, #"{}"#, #"[]"#,
        #"{"kty":7}"#, #"{"kty":"OKP","crv":"Ed25519","x":"AA=="}"#, #"{"kty":"OKP","crv":"Ed25519","x":7}"#,
        #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","alg":"none"}"#,
        #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":7}"#,
        #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","x":"AA"}"#,
        #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","key_ops":["verify","verify"]}"#, "not json",
    ])
    func `a JWK out of shape is refused`(json: String) {
        expectInvalidKey { _ = try JWK(json: Array(json.utf8)) }
    }

    @Test func `a key that is not meant for signatures, or not for that algorithm, is refused`() throws {
        var jwk = try #require(TestKeys.key(.ES256).publicJWK)
        jwk.use = "enc"
        expectInvalidKey { _ = try VerificationKey(jwk) }
        jwk.use = nil
        jwk.keyOperations = ["deriveKey"]
        expectInvalidKey { _ = try VerificationKey(jwk) }
        jwk.keyOperations = ["verify"]
        _ = try VerificationKey(jwk)
        jwk.algorithm = .RS256
        expectInvalidKey { _ = try VerificationKey(jwk) }
        expectInvalidKey { _ = try SigningKey(algorithm: .ES384, privateBytes: TestKeys.key(.ES256).privateBytes()) }
    }

    @Test func `PEM of every kind loads, and what is none says so`() throws {
        let p384 = P384.Signing.PrivateKey()
        let ed25519 = Curve25519.Signing.PrivateKey()
        let rsa = try TestKeys.key(.RS256).privateBytes().expose { try _RSA.Signing.PrivateKey(derRepresentation: $0) }
        #expect(try VerificationKey(pem: p384.publicKey.pemRepresentation).algorithms == [.ES384])
        #expect(try VerificationKey(pem: ed25519.publicKey.pemRepresentation).algorithms == [.EdDSA])
        #expect(try VerificationKey(pem: rsa.publicKey.pemRepresentation).algorithms.count == 6)
        #expect(try VerificationKey(pem: rsa.publicKey.pkcs1PEMRepresentation, algorithms: [.RS256]).algorithms == [.RS256])
        for (pem, algorithm) in [
            (p384.pemRepresentation, SigningAlgorithm.ES384), (ed25519.pemRepresentation, .EdDSA), (rsa.pemRepresentation, .PS256),
            (rsa.pkcs8PEMRepresentation, .RS512),
        ] {
            let key = try SigningKey(pem: Secret(pem), algorithm: algorithm, kid: "mine")
            let token = try JWS.sign([1], with: key)
            #expect(try JWS.verify(compact: token, keys: KeyRing(signing: key)).header.kid == "mine")
        }
        expectInvalidKey { _ = try SigningKey(pem: Secret(p384.pemRepresentation), algorithm: .ES256) }
        expectInvalidKey { _ = try SigningKey(pem: Secret("nonsense"), algorithm: .RS256) }
        expectInvalidKey { _ = try SigningKey(pem: Secret(p384.pemRepresentation), algorithm: .HS256) }
        expectInvalidKey { _ = try VerificationKey(pem: p384.pemRepresentation) }
        expectInvalidKey { _ = try VerificationKey(pem: "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----") }
        expectInvalidKey { _ = try VerificationKey(pem: "") }
        expectInvalidKey { _ = try VerificationKey(pem: p384.publicKey.pemRepresentation, algorithms: [.ES256]) }
        expectInvalidKey { _ = try VerificationKey(pem: p384.publicKey.pemRepresentation, algorithms: []) }
    }

    @Test func `a key that is imported says what it signs with, and keeps its name`() throws {
        let rsa = try TestKeys.key(.RS256).privateBytes().expose { try _RSA.Signing.PrivateKey(derRepresentation: $0) }
        let p256 = P256.Signing.PrivateKey()
        for (pem, algorithm) in [
            (p256.pemRepresentation, SigningAlgorithm.ES256), (P384.Signing.PrivateKey().pemRepresentation, .ES384),
            (P521.Signing.PrivateKey().pemRepresentation, .ES512), (Curve25519.Signing.PrivateKey().pemRepresentation, .EdDSA),
            (rsa.pemRepresentation, .RS256), (rsa.pkcs8PEMRepresentation, .RS256),
        ] {
            let key = try SigningKey(importing: Secret("\n" + pem + "\n"))
            #expect(key.algorithm == algorithm)
            #expect(key.kid == key.publicJWK?.thumbprint)
            #expect(try SigningKey(importing: Secret(pem), kid: "mine").kid == "mine")
            let stored = try SigningKey(algorithm: key.algorithm, privateBytes: key.privateBytes(), kid: key.kid)
            #expect(try JWS.verify(compact: JWS.sign([1], with: stored), keys: KeyRing(signing: key)).header.kid == key.kid)
        }
        #expect(try SigningKey(importing: Secret(rsa.pemRepresentation), algorithm: .PS512).algorithm == .PS512)
        let numbers = [UInt8](p256.publicKey.rawRepresentation)
        func jwk(_ more: String) -> Secret<String> {
            let (x, y) = (Base64URL.encode(numbers[..<32]), Base64URL.encode(numbers[32...]))
            return Secret(#" {"kty":"EC","crv":"P-256","x":"\#(x)","y":"\#(y)","d":"\#(Base64URL.encode([UInt8](p256.rawRepresentation)))"\#(more)}"#)
        }
        #expect(try SigningKey(importing: jwk(#","kid":"theirs","alg":"ES256""#)).kid == "theirs")
        #expect(try SigningKey(importing: jwk(#","kid":"theirs""#), kid: "mine").kid == "mine")
        #expect(try SigningKey(importing: jwk("")).kid == SigningKey(importing: Secret(p256.pemRepresentation)).kid)
        for kid in [#""#, #"a b"#, #"a\u0000"#, #"ä"#, String(repeating: "k", count: 129)] {
            expectInvalidKey("\(kid)") { _ = try SigningKey(importing: jwk(#","kid":"\#(kid)""#)) }
        }
        expectInvalidKey { _ = try SigningKey(importing: Secret(p256.pemRepresentation), kid: "") }
    }

    @Test func `what is no private key of ours is not imported, and says why`() throws {
        let small = try _RSA.Signing.PrivateKey(unsafeKeySize: .init(bitCount: 1024))
        let p256 = P256.Signing.PrivateKey()
        for (text, reason) in [
            ("", "no private key"), ("nonsense", "no private key"), ("{", "JSON"), ("{}", "kty"),
            (p256.publicKey.pemRepresentation, "no private key"),
            (small.pemRepresentation, "2048"), ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA\n-----END ENCRYPTED PRIVATE KEY-----", "encrypted"),
            ("-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----", "takes"),
            (#"{"kty":"oct","alg":"HS256","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}"#, "secret"),
            (String(decoding: try #require(TestKeys.key(.ES256).publicJWK).json(), as: UTF8.self), "“d”"),
        ] {
            let error = #expect(throws: GatehouseError.self) { try SigningKey(importing: Secret(text)) }
            #expect(error?.code == .invalidKey)
            #expect(error.map { "\($0)".contains(reason) } == true, "\(error.map { "\($0)" } ?? "")")
        }
    }

    @Test func `a private JWK whose halves do not belong together is refused`() throws {
        let good =
            #"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"D"}"#
        let d = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"
        #expect(try SigningKey(jwk: Secret(good.replacing("\"D\"", with: "\"\(d)\""))).algorithm == .ES256)
        let other = Base64URL.encode([UInt8](P256.Signing.PrivateKey().rawRepresentation))
        expectInvalidKey { _ = try SigningKey(jwk: Secret(good.replacing("\"D\"", with: "\"\(other)\""))) }
        expectInvalidKey { _ = try SigningKey(jwk: Secret(good.replacing("\"D\"", with: "\"AA\""))) }
        let oct = #"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}"#
        expectInvalidKey { _ = try SigningKey(jwk: Secret(oct)) }
        #expect(try SigningKey(jwk: Secret(oct), algorithm: .HS512).algorithm == .HS512)
        expectInvalidKey { _ = try SigningKey(jwk: Secret(oct.replacing("}", with: #","alg":"HS256"}"#)), algorithm: .HS512) }
        expectInvalidKey { _ = try SigningKey(jwk: Secret(oct.replacing("}", with: #","use":"enc"}"#)), algorithm: .HS512) }
    }
}

@Suite struct JWKSetTests {
    private func set(_ keys: [String]) -> [UInt8] { Array("{\"keys\":[\(keys.joined(separator: ","))]}".utf8) }

    private func json(_ kid: String?) throws -> String {
        var jwk = try #require(SigningKey.generate(.ES256).publicJWK)
        jwk.kid = kid
        return String(decoding: jwk.json(), as: UTF8.self)
    }

    private let offCurve =
        #"{"kty":"EC","crv":"P-256","x":"\#(String(repeating: "A", count: 43))","y":"\#(String(repeating: "A", count: 43))","kid":"off"}"#

    @Test func `bad keys and both of a duplicate kid are left out of a fetched set`() throws {
        let keys = try JWKSet(
            json: set([
                try json("a"), offCurve, try json("twin"), try json("twin"), try json(nil), #"{"kty":"oct","k":"AAAA","kid":"s"}"#,
                #"{"kty":"RSA","kid":"r"}"#, #"{"kty":"future","kid":"f"}"#, "7", try json("b"),
            ]))
        #expect(keys.keys.map(\.kid) == ["a", "b"])
        _ = try KeyRing(keys)
    }

    @Test func `a fetched set with one unnamed key keeps it`() throws {
        #expect(try JWKSet(json: set([try json(nil)])).keys.count == 1)
        #expect(try JWKSet(json: set([])).keys.isEmpty)
    }

    @Test func `what is no key set is refused`() {
        for text in ["", "[]", "{}", #"{"keys":{}}"#, #"{"keys":[],"keys":[]}"#, "<html>"] {
            expectInvalidKey("\(text)") { _ = try JWKSet(json: Array(text.utf8)) }
        }
    }

    @Test func `a set made by hand is refused for its first fault`() throws {
        expectInvalidKey { _ = try JWKSet(configured: set([try json("a"), offCurve])) }
        expectInvalidKey { _ = try JWKSet(configured: set([try json("a"), try json("a")])) }
        expectInvalidKey { _ = try JWKSet(configured: set([try json("a"), try json(nil)])) }
        #expect(try JWKSet(configured: set([try json("a"), try json("b")])).keys.count == 2)
    }

    @Test func `a set is written as it is read`() throws {
        let read = try JWKSet(json: set([try json("a"), try json("b")]))
        #expect(try JWKSet(json: read.json()).keys == read.keys)
    }

    @Test func `a ring of our own publishes the retired keys too`() throws {
        let (old, new) = (try SigningKey.generate(.ES256), try SigningKey.generate(.EdDSA))
        let ring = try KeyRing(signing: new, retired: [old.verificationKey])
        #expect(ring.publicKeys.keys.map(\.kid) == [new.kid, old.kid])
        #expect(try JWS.verify(compact: JWS.sign([1], with: old), keys: ring).payload == [1])
        expectInvalidKey { _ = try KeyRing(signing: new, retired: [new.verificationKey]) }
    }
}
