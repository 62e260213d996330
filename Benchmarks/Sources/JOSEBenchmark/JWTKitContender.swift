import Crypto
import CryptoExtras
import GatehouseTokens
import JWTKit

/// jwt-kit with keys that are ready to verify (not JWKs, which it turns into signers behind another actor), and the same claims.
struct JWTKitContender: Contender {
    private struct Payload: JWTPayload {
        let iss: IssuerClaim
        let sub: SubjectClaim
        let aud: AudienceClaim
        let exp: ExpirationClaim
        let nbf: NotBeforeClaim
        let iat: IssuedAtClaim
        let jti: IDClaim
        let sid: String
        let client_id: String
        let tenant: String
        let scope: String
        let roles: [String]

        func verify(using algorithm: some JWTAlgorithm) throws {
            try exp.verifyNotExpired()
            try nbf.verifyNotBefore()
            try aud.verifyIntendedAudience(includes: Sample.audience)
            guard iss.value == Sample.issuer else {
                throw JWTError.claimVerificationFailure(failedClaim: iss, reason: "another issuer")
            }
        }
    }

    private let keys = JWTKeyCollection()
    private let token: String

    init(_ sample: Sample) async throws {
        token = sample.token
        let kid = JWKIdentifier(string: sample.key.kid)
        switch sample.key.publicJWK?.material {
        case nil: await keys.add(hmac: HMACKey(key: SymmetricKey(data: sample.secret)), digestAlgorithm: .sha256, kid: kid)
        case .rsa(let modulus, let exponent):
            let key = try Insecure.RSA.PublicKey(backing: _RSA.Signing.PublicKey(n: modulus, e: exponent))
            await keys.add(rsa: key, digestAlgorithm: .sha256, kid: kid)
        case .ellipticCurve(_, let x, let y):
            let key = try ECDSA.PublicKey<P256>(backing: P256.Signing.PublicKey(rawRepresentation: x + y))
            await keys.add(ecdsa: key, kid: kid)
        case .ed25519(let bytes):
            await keys.add(eddsa: EdDSA.PublicKey(backing: try Curve25519.Signing.PublicKey(rawRepresentation: bytes)), kid: kid)
        }
    }

    func accepted(of count: Int) async throws -> Int {
        var accepted = 0
        for _ in 0..<count {
            _ = try await keys.verify(token, as: Payload.self)
            accepted += 1
        }
        return accepted
    }
}
