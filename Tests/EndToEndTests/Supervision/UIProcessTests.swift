import Foundation
import Testing

@Suite struct UIProcessTests {
    @Test func `the UI gets who is signed in and a token for the API, and none of the gateway's settings`() async throws {
        try await Folder.run { folder in
            let ui = try SmallUI.command(in: folder)
            try folder.write("GATEHOUSE_LOG_LEVEL=info\nOTHER_SECRET=from the file\n", to: ".env")
            let environment = Gateway.withAdmin.merging(["PLAIN": "yes"]) { $1 }
            try await Gateway.run(["--ui", ui], in: folder, environment: environment) { gateway in
                let session = try await gateway.signIn()
                let fields = try await headers(gateway, session)
                #expect(fields["x-forwarded-user"] == "admin")
                #expect(fields["x-forwarded-groups"] == "admin")
                #expect(fields["cookie"] == nil)
                let token = try #require(fields["authorization"]?.split(separator: " ").last.map(String.init))
                gateway.secrets.note(token)
                try expectLongLived(token)

                let variables = try await gateway.get("/environment", session.cookieFields).object
                #expect(variables.keys.filter { $0.hasPrefix("GATEHOUSE_") } == ["GATEHOUSE_API_URL"])
                #expect(variables["OTHER_SECRET"] == nil)
                #expect(variables["PLAIN"] as? String == "yes")
                try await expectPrivateListener(try #require(variables["GATEHOUSE_API_URL"] as? String), token, session)
            }
        }
    }

    @Test func `the UI's token acts as the person until their session ends, and cannot end it`() async throws {
        try await Folder.run { folder in
            let ui = try SmallUI.command(in: folder)
            try await Gateway.run(["--ui", ui], in: folder, environment: Gateway.withAdmin) { gateway in
                let session = try await gateway.signIn()
                #expect(try await gateway.get("/me", session.cookieFields).json("username") == "admin")
                let authorization = try #require(try await headers(gateway, session)["authorization"])
                gateway.secrets.note(String(authorization.dropFirst(7)))
                #expect(try await gateway.me(["Authorization": authorization]) == 200)
                #expect(try await gateway.send("POST", "/api/auth/logout", ["Authorization": authorization]).status == 403)
                #expect(try await gateway.signOut(session) == 204)
                #expect(try await gateway.me(["Authorization": authorization]) == 401)
            }
        }
    }

    @Test func `a UI is found ready on a machine on which hundreds of programs listen`() async throws {
        try await Ports.holding(300) {
            try await Folder.run { folder in
                let ui = try SmallUI.command(in: folder)
                try await Gateway.run(["--ui", ui], in: folder, environment: Gateway.withAdmin, readyWithin: .seconds(20)) { gateway in
                    let session = try await gateway.signIn()
                    #expect(try await gateway.get("/", session.cookieFields).text.contains("small ui"))
                }
            }
        }
    }

    private func headers(_ gateway: Gateway, _ session: SignedIn) async throws -> [String: String] {
        let answer = try await gateway.get("/headers", session.cookieFields)
        let pairs = try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [[String]])
        return Dictionary(pairs.map { ($0[0].lowercased(), $0[1]) }) { "\($0), \($1)" }
    }

    /// It lives as long as the session, twelve hours by default.
    private func expectLongLived(_ token: String) throws {
        var payload = token.split(separator: ".")[1].replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        payload += String(repeating: "=", count: (4 - payload.count % 4) % 4)
        let bytes = try #require(Data(base64Encoded: payload))
        let claims = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
        let (issued, end) = (try #require(claims["iat"] as? Double), try #require(claims["exp"] as? Double))
        #expect(abs(end - issued - 12 * 3600) < 60)
    }

    /// The API for the UI: on loopback, the API mount alone, no cookies.
    private func expectPrivateListener(_ url: String, _ token: String, _ session: SignedIn) async throws {
        let address = try #require(URL(string: url))
        #expect(address.host == "127.0.0.1")
        let port = try #require(address.port)
        for (target, fields, status) in [
            ("/api/v1/auth/me", ["Authorization": "Bearer \(token)"], 200), ("/api/v1/auth/me", session.cookieFields, 401),
            ("/", ["Authorization": "Bearer \(token)"], 404), ("/auth/sign-in", [:], 404),
        ] {
            let wire = try await Wire.connect(port: port)
            #expect(try await wire.exchange("GET", target, port: port, fields).status == status, "\(target)")
            await wire.close()
        }
    }
}
