import Foundation
import GatehouseCore
import GatehouseTokens
import Testing

@Suite struct TokenIssuerTests {
    private func claims() -> TokenClaims {
        var claims = TokenClaims(
            issuer: Forger.issuer, subject: "ada", audience: [Forger.audience], expiresAt: Timestamp(seconds: Forger.now + 900))
        claims.sessionID = "s1"
        claims.clientID = "cli"
        claims.tenant = "acme"
        claims.scopes = ["orders.write", "orders.read"]
        claims.roles = ["viewer", "editor"]
        return claims
    }

    @Test(arguments: SigningAlgorithm.allCases)
    func `an issued token is taken by a verifier with the same keys`(algorithm: SigningAlgorithm) throws {
        let key = try TestKeys.key(algorithm)
        let token = try TokenIssuer(key: key, clock: Forger.clock).issue(claims: claims())
        let verified = try TokenVerifier(keys: KeyRing(signing: key), rules: Forger.rules, clock: Forger.clock).verify(token)
        #expect(verified.header.type == "at+jwt")
        #expect(verified.header.kid == key.kid)
        #expect(verified.subject == "ada")
        #expect(verified.sid == "s1")
        #expect(verified.clientID == "cli")
        #expect(verified.issuedAt == Timestamp(seconds: Forger.now))
        #expect(verified.jti?.count == 22)
        #expect(verified.claims.string("scope") == "orders.read orders.write")
        #expect(verified.claims.string("tenant") == "acme")
        #expect(verified.claims.strings(at: ["roles"]) == ["editor", "viewer"])
    }

    @Test func `the payload is compact and in a fixed order`() throws {
        var claims = claims()
        claims.notBefore = Timestamp(seconds: 5)
        claims.audience = ["a", "b"]
        claims.extra = ["z": 1, "a": ["k": [true, nil, 1.5, "x\"\\\n\u{1}€"]]]
        let random = RandomSource { [UInt8](repeating: 0, count: $0) }
        let key = try TestKeys.key(.HS256)
        let token = try TokenIssuer(key: key, clock: Forger.clock, random: random).issue(typ: "x+jwt", claims: claims)
        let payload = try #require(Base64URL.decode(String(token.split(separator: ".")[1])))
        #expect(
            String(decoding: payload, as: UTF8.self)
                == #"{"iss":"https://gate.example","sub":"ada","aud":["a","b"],"exp":1800000900,"iat":1800000000,"nbf":5,"jti":"AAAAAAAAAAAAAAAAAAAAAA","#
                + #""sid":"s1","client_id":"cli","tenant":"acme","scope":"orders.read orders.write","roles":["editor","viewer"],"#
                + #""a":{"k":[true,null,1.5,"x\"\\\u000a\u0001€"]},"z":1}"#)
        let header = try #require(Base64URL.decode(String(token.split(separator: ".")[0])))
        #expect(String(decoding: header, as: UTF8.self) == #"{"alg":"HS256","kid":"\#(key.kid)","typ":"x+jwt"}"#)
    }

    @Test func `claims of one's own cannot take a registered name or be no number`() throws {
        let issuer = TokenIssuer(key: try TestKeys.key(.HS256), clock: Forger.clock)
        for name in TokenClaims.registeredNames {
            var claims = claims()
            claims.extra = [name: "x"]
            #expect(throws: GatehouseError.self) { try issuer.issue(claims: claims) }
        }
        for value in [Double.nan, .infinity, -.infinity] {
            var claims = claims()
            claims.extra = ["x": ["deep": [.number(value)]]]
            #expect(throws: GatehouseError.self) { try issuer.issue(claims: claims) }
        }
    }

    @Test func `no two tokens have the same identifier`() throws {
        let issuer = TokenIssuer(key: try TestKeys.key(.HS256), clock: Forger.clock)
        let tokens = try (0..<100).map { _ in try issuer.issue(claims: claims()) }
        #expect(Set(tokens).count == 100)
    }
}
