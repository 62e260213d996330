import Crypto
import Foundation
import GatehouseCore
import GatehouseTokens
import Testing

@Suite struct SignatureTests {
    private let forger = Forger()

    @Test(arguments: SigningAlgorithm.allCases)
    func `a token with any byte changed is refused`(algorithm: SigningAlgorithm) throws {
        let key = try TestKeys.key(algorithm)
        var claims = TokenClaims(
            issuer: Forger.issuer, subject: "ada", audience: [Forger.audience], expiresAt: Timestamp(seconds: Forger.now + 600))
        claims.tokenID = "t"
        let token = try TokenIssuer(key: key, clock: Forger.clock).issue(claims: claims)
        let verifier = TokenVerifier(keys: try KeyRing(signing: key), rules: Forger.rules, clock: Forger.clock)
        _ = try verifier.verify(token)
        var random = SeededGenerator(11)
        for position in 0..<token.utf8.count {
            var bytes = Array(token.utf8)
            bytes[position] ^= 1 << UInt8.random(in: 0..<7, using: &random)
            let changed = String(decoding: bytes, as: UTF8.self)
            expectInvalidToken("\(algorithm) at \(position)") { _ = try verifier.verify(changed) }
        }
    }

    @Test(arguments: SigningAlgorithm.allCases)
    func `a token with a byte too many or too few is refused`(algorithm: SigningAlgorithm) throws {
        let key = try TestKeys.key(algorithm)
        let ring = try KeyRing(signing: key)
        let token = try JWS.sign(Array("payload".utf8), with: key)
        for changed in [
            token + "A", token + "=", token + ".", "." + token, token + "\n", " " + token, String(token.dropLast()),
            String(token.dropFirst()),
            token + "." + token, token.replacing(".", with: ".."), token + "AAAA",
        ] {
            expectInvalidToken { _ = try JWS.verify(compact: changed, keys: ring) }
        }
    }

    @Test func `ECDSA signatures of another form are refused`() throws {
        let token = try forger.ecdsa()
        let verifier = try forger.verifier()
        _ = try verifier.verify(token)
        let input = token.split(separator: ".").dropLast().joined(separator: ".")
        let raw = try #require(Base64URL.decode(String(token.split(separator: ".")[2])))
        let zero = [UInt8](repeating: 0, count: 32)
        let order = Self.bytes("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
        let der = [UInt8](try P256.Signing.ECDSASignature(rawRepresentation: raw).derRepresentation)
        let (r, s) = (Array(raw[..<32]), Array(raw[32...]))
        for signature in [
            zero + zero, zero + s, r + zero, order + s, r + order, order + order, der, Array(raw.dropLast()), raw + [0], [0] + raw, [],
            [UInt8](repeating: 255, count: 64), s + r, zero + [UInt8](repeating: 0, count: 31) + [1],
        ] {
            expectInvalidToken { _ = try verifier.verify(input + "." + Base64URL.encode(signature)) }
        }
    }

    @Test func `an Ed25519 signature with S not reduced is refused`() throws {
        let key = try TestKeys.key(.EdDSA)
        let ring = try KeyRing(signing: key)
        let token = try JWS.sign([1, 2, 3], with: key)
        let input = token.split(separator: ".").dropLast().joined(separator: ".")
        var signature = try #require(Base64URL.decode(String(token.split(separator: ".")[2])))
        let order = Self.bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
        var carry = 0
        for index in 0..<32 {
            let sum = Int(signature[32 + index]) + Int(order[index]) + carry
            signature[32 + index] = UInt8(sum & 255)
            carry = sum >> 8
        }
        expectInvalidToken { _ = try JWS.verify(compact: input + "." + Base64URL.encode(signature), keys: ring) }
        expectInvalidToken {
            _ = try JWS.verify(compact: input + "." + Base64URL.encode([UInt8](repeating: 0, count: 64)), keys: ring)
        }
    }

    @Test func `RSA signatures of a wrong length or with forged padding are refused`() throws {
        let key = try TestKeys.key(.RS256)
        let ring = try KeyRing(signing: key)
        let token = try JWS.sign([1, 2, 3], with: key)
        let input = token.split(separator: ".").dropLast().joined(separator: ".")
        let signature = try #require(Base64URL.decode(String(token.split(separator: ".")[2])))
        let padded = [0, 1, 255, 255, 255, 255, 255, 255, 255, 255, 0] + Array(SHA256.hash(data: Array(input.utf8)))
        let forged = padded + [UInt8](repeating: 0, count: 256 - padded.count)
        for bytes in [Array(signature.dropLast()), signature + [0], [0] + signature, forged, [UInt8](repeating: 0, count: 256), [1], []] {
            expectInvalidToken { _ = try JWS.verify(compact: input + "." + Base64URL.encode(bytes), keys: ring) }
        }
    }

    @Test func `PS256 and RS256 of one key are not taken for each other`() throws {
        let pss = try TestKeys.key(.PS256)
        let pkcs1 = try SigningKey(algorithm: .RS256, privateBytes: pss.privateBytes(), kid: pss.kid)
        expectInvalidToken { _ = try JWS.verify(compact: JWS.sign([1], with: pkcs1), keys: KeyRing(signing: pss)) }
        // A key without “alg”, as some issuers publish it, answers to both, and one hostile token changes nothing.
        var jwk = try #require(pss.publicJWK)
        jwk.algorithm = nil
        let ring = try KeyRing([VerificationKey(jwk)])
        for _ in 0..<3 {
            expectInvalidToken {
                _ = try JWS.verify(compact: Forger.segments(#"{"alg":"RS512","kid":"\#(pss.kid)"}"#, "{}") + ".AAAA", keys: ring)
            }
            #expect(try JWS.verify(compact: JWS.sign([1], with: pkcs1), keys: ring).payload == [1])
            #expect(try JWS.verify(compact: JWS.sign([1], with: pss), keys: ring).payload == [1])
        }
    }

    private static func bytes(_ hex: String) -> [UInt8] {
        stride(from: 0, to: hex.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
    }
}
