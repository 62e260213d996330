import Foundation
import Testing

@Suite struct SigningKeyTests {
    private static func kids(_ gateway: Gateway) async throws -> Set<String> {
        let keys = try await gateway.get("/.well-known/jwks.json").object["keys"] as? [[String: Any]] ?? []
        return Set(keys.compactMap { $0["kid"] as? String })
    }

    private static func kid(of token: String) -> String? {
        let head = token.prefix { $0 != "." }.replacing("-", with: "+").replacing("_", with: "/")
        guard let data = Data(base64Encoded: head + String(repeating: "=", count: (4 - head.count % 4) % 4)) else { return nil }
        return ((try? JSONSerialization.jsonObject(with: data)) as? [String: Any])?["kid"] as? String
    }

    @Test func `a new key signs at every gateway, old tokens stay valid, and those of a retired key do not`() async throws {
        try await Folder.run { folder in
            try await Gateway.run(in: folder, environment: Gateway.withAdmin) { first in
                try await Gateway.run(in: folder, secrets: first.secrets) { second in
                    let old = try await first.signIn()
                    let oldKID = try #require(Self.kid(of: old.accessToken))
                    let next = try #require(try await CommandRun.json("signing-keys", "rotate", in: folder) as? [String: Any])
                    let nextKID = try #require(next["kid"] as? String)
                    #expect(next["state"] as? String == "next")
                    for gateway in [first, second] {
                        #expect(try await soon(within: .seconds(1)) { try await Self.kids(gateway) == [oldKID, nextKID] })
                        #expect(Self.kid(of: try await gateway.signIn().accessToken) == oldKID)
                    }
                    try await CommandRun.lines("signing-keys", "rotate", "--now", in: folder)
                    for gateway in [first, second] {
                        #expect(try await soon(within: .seconds(1)) { try await Self.kid(of: gateway.signIn().accessToken) == nextKID })
                        #expect(try await gateway.me(old.bearer) == 200)
                    }
                    let listed = try await CommandRun.lines("signing-keys", "list", in: folder).map { $0.split(separator: "\t").map(String.init) }
                    #expect(listed.map { $0.prefix(3) } == [[nextKID, "ES256", "current"], [oldKID, "ES256", "retired"]])

                    try await CommandRun.lines("signing-keys", "retire", oldKID, in: folder)
                    for gateway in [first, second] {
                        #expect(try await soon(within: .seconds(1)) { try await gateway.me(old.bearer) == 401 })
                        #expect(try await Self.kids(gateway) == [nextKID])
                        #expect(try await gateway.me(old.cookieFields) == 200)
                    }
                    #expect(try await CommandRun.gatehouse(["signing-keys", "retire", oldKID], in: folder).status != 0)
                }
            }
        }
    }

    @Test func `keys rotate by themselves, published before they sign`() async throws {
        try await Folder.run { folder in
            try folder.write("signing_rotation: { every: 10s, publish: 6s }\n", to: "gatehouse.yaml")
            let secrets = Secrets()
            // A gateway looks once a minute, and when it starts.
            func started<Result>(_ body: (Gateway) async throws -> Result) async throws -> Result {
                try await Gateway.run(in: folder, environment: Gateway.withAdmin, secrets: secrets, body)
            }
            let (first, token) = try await started { gateway in
                let kids = try await Self.kids(gateway)
                return (try #require(kids.first), try await gateway.signIn().bearer)
            }
            let published: String? = try await eventually(within: .seconds(60)) { () async throws -> String? in
                try await started { gateway -> String? in
                    guard let next = try await Self.kids(gateway).subtracting([first]).first else { return nil }
                    let token = try await gateway.signIn().accessToken
                    #expect(Self.kid(of: token) == first)
                    return next
                }
            }
            let next = try #require(published)
            let signs = try await soon(within: .seconds(60)) { () async throws -> Bool in
                try await started { gateway -> Bool in
                    let status = try await gateway.me(token)
                    #expect(status == 200)
                    return Self.kid(of: try await gateway.signIn().accessToken) == next
                }
            }
            #expect(signs)
        }
    }

    @Test func `a key of one's own is imported from a file and from standard input, and shown nowhere`() async throws {
        try await Folder.run { folder in
            try await Gateway.run(in: folder, environment: Gateway.withAdmin) { gateway in
                let make = try Program(
                    "/usr/bin/env", ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "own.pem"], in: folder,
                    log: "openssl.log")
                #expect(try await make.ended() == 0)
                let pem = gateway.secrets.note(try #require(folder.text(of: "own.pem")))
                let key = try #require(
                    try await CommandRun.json("signing-keys", "import", "own.pem", "--kid", "own-1", "--now", in: folder) as? [String: Any])
                #expect(key["kid"] as? String == "own-1")
                #expect(try await soon(within: .seconds(1)) { try await Self.kid(of: gateway.signIn().accessToken) == "own-1" })
                let again = try await CommandRun.gatehouse(["signing-keys", "import", "-", "--kid", "own-1"], in: folder, input: pem)
                #expect(again.status != 0)
                #expect(again.notes.contains("already"), "\(again.notes)")
                // The private key of RFC 7517 appendix A.2.
                let jwk = gateway.secrets.note(
                    #"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","#
                        + #""d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE","kid":"own-2","alg":"ES256"}"#)
                let second = try await CommandRun.gatehouse(["signing-keys", "import", "-", "--now"], in: folder, input: jwk)
                #expect(second.status == 0 && !second.output.contains("870MB6gf"), "\(second.output)")
                #expect(try await soon(within: .seconds(1)) { try await Self.kid(of: gateway.signIn().accessToken) == "own-2" })
                #expect(try await Self.kids(gateway).isSuperset(of: ["own-1", "own-2"]))
                let nonsense = try await CommandRun.gatehouse(["signing-keys", "import", "-"], in: folder, input: "hunter2-hunter2")
                #expect(nonsense.status != 0)
                #expect(!(again.output + nonsense.output).contains("hunter2"))
                #expect(gateway.secrets.found(in: again.output).isEmpty)
            }
        }
    }
}
