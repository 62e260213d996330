import Foundation
import GatehouseCore
import GatehouseTokens
import Testing

/// The examples of the standards themselves.
@Suite struct RFCVectorTests {
    private struct Vector {
        let name: String
        let token: String
        let algorithm: String
        let key: String
        let payload: String
    }

    private func vectors() throws -> [Vector] {
        let root = try StrictJSON(Fixture.bytes("Fixtures/rfc-vectors.json")).root
        return try #require(root["verify"]?.array).map { entry in
            Vector(
                name: try #require(entry["name"]?.string), token: try #require(entry["token"]?.string),
                algorithm: try #require(entry["algorithm"]?.string), key: try jwk(#require(entry["key"])),
                payload: try #require(entry["payload"]?.string))
        }
    }

    private func jwk(_ element: StrictJSON.Element) throws -> String {
        let members = try #require(element.members)
        return "{" + members.map { "\"\($0.name)\":\"\($0.value.string ?? "")\"" }.joined(separator: ",") + "}"
    }

    private func key(_ vector: Vector) throws -> VerificationKey {
        let algorithm = try #require(SigningAlgorithm(rawValue: vector.algorithm))
        guard vector.key.contains("\"d\":") else { return try VerificationKey(jwk: Secret(vector.key)) }
        let whole = try SigningKey(jwk: Secret(vector.key), algorithm: algorithm)
        return try VerificationKey(JWK(#require(whole.publicJWK).material, algorithm: algorithm))
    }

    @Test func `the signatures of RFC 7515, 7520 and 8037 verify`() throws {
        let vectors = try vectors()
        #expect(vectors.count == 9)
        for vector in vectors {
            let jws = try JWS.verify(compact: vector.token, keys: try KeyRing([key(vector)]))
            #expect(jws.payload == Base64URL.decode(vector.payload), "\(vector.name)")
            #expect(jws.header.algorithm.rawValue == vector.algorithm)
        }
    }

    @Test func `a vector under the next one's key is refused`() throws {
        let vectors = try vectors()
        for (vector, other) in zip(vectors, vectors.dropFirst() + vectors.prefix(1)) where vector.key != other.key {
            expectInvalidToken("\(vector.name)") { _ = try JWS.verify(compact: vector.token, keys: try KeyRing([key(other)])) }
        }
    }

    @Test func `unsigned, detached and JSON-serialised examples are refused`() throws {
        let root = try StrictJSON(Fixture.bytes("Fixtures/rfc-vectors.json")).root
        let refused = try #require(root["refuse"]?.array)
        #expect(refused.count == 8)
        for vector in try vectors() {
            let ring = try KeyRing([key(vector)])
            for entry in refused {
                let token = try #require(entry["token"]?.string)
                expectInvalidToken("\(entry["name"]?.string ?? "")") { _ = try JWS.verify(compact: token, keys: ring) }
            }
        }
    }

    @Test func `the thumbprint is that of RFC 8037 A.3 and RFC 7638 3.1`() throws {
        let ed25519 = try JWK(json: Array(#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#.utf8))
        #expect(ed25519.thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
        let rsa = try JWK(
            json: Array(
                (#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs"#
                    + #"tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbI"#
                    + #"SD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#)
                    .utf8))
        #expect(rsa.thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
    }
}
