import Testing

@Suite struct StartTests {
    @Test func `a second start on the same store is ready at once and keeps the administrator's password`() async throws {
        try await Folder.run { folder in
            let secrets = Secrets()
            try await Gateway.run(in: folder, environment: Gateway.withAdmin, secrets: secrets) { gateway in _ = try await gateway.signIn()
            }
            let other = ["GATEHOUSE_ADMIN_PASSWORD": "another-password-4712"]
            try await Gateway.run(in: folder, environment: other, secrets: secrets, readyWithin: .seconds(5)) { gateway async throws in
                #expect(try await gateway.tryToSignIn().status == 200)
                #expect(try await gateway.tryToSignIn("admin", "another-password-4712").status == 401)
            }
        }
    }

    @Test(arguments: [
        ([:], ["public_url", "https://", "gatehouse dev"]),
        (["GATEHOUSE_SERVER_PUBLIC_URL": "http://app.example.com"], ["GATEHOUSE_SERVER_PUBLIC_URL", "https"]),
    ])
    func `serve without an https public URL refuses and says what to do`(environment: [String: String], words: [String]) async throws {
        try await Folder.run { folder in
            let run = try await CommandRun.gatehouse(["serve"], in: folder, environment: environment)
            #expect(run.status != 0)
            for word in words { #expect(run.output.contains(word), "\(run.output)") }
        }
    }

    @Test(arguments: [
        ("server:\n  prot: 9000\n", ["server.prot", "gatehouse.yaml", "server.port"]),
        ("server: { port: many }\n", ["server.port", "gatehouse.yaml"]),
        ("server: { host: 0.0.0.0 }\n", ["server.host", "127.0.0.1", "gatehouse serve"]),
    ])
    func `a setting that cannot be is refused with its key, its place and the remedy`(yaml: String, words: [String]) async throws {
        try await Folder.run { folder in
            try folder.write(yaml, to: "gatehouse.yaml")
            let run = try await CommandRun.gatehouse(["dev"], in: folder, environment: Gateway.withAdmin)
            #expect(run.status != 0)
            for word in words { #expect(run.output.contains(word), "\(run.output)") }
        }
    }

    @Test func `an administrator's password that is too short is refused and not shown`() async throws {
        try await Folder.run { folder in
            let run = try await CommandRun.gatehouse(
                ["dev", "--port", "0"], in: folder, environment: ["GATEHOUSE_ADMIN_PASSWORD": "short-one"])
            #expect(run.status != 0)
            #expect(run.output.contains("GATEHOUSE_ADMIN_PASSWORD"), "\(run.output)")
            #expect(!run.output.contains("short-one"))
        }
    }

    @Test func `two gateways that start together on a new store agree on the administrator and on the keys`() async throws {
        try await Folder.run { folder in
            let secrets = Secrets()
            let (told, tell) = AsyncStream<SignedIn>.makeStream()
            async let first: Void = Gateway.run(in: folder, environment: Gateway.withAdmin, secrets: secrets) { gateway in
                tell.yield(try await gateway.signIn())
            }
            async let second: Void = Gateway.run(in: folder, environment: Gateway.withAdmin, secrets: secrets) { gateway async throws in
                var sessions = told.makeAsyncIterator()
                let session = try #require(await sessions.next())
                #expect(try await gateway.me(session.bearer) == 200)
                #expect(try await gateway.me(session.cookieFields) == 200)
            }
            defer { tell.finish() }
            _ = try await (first, second)
            let users = try await CommandRun.gatehouse(["users", "list"], in: folder)
            #expect(users.output.split(separator: "\n").filter { $0.hasPrefix("admin") }.count == 1, "\(users.output)")
        }
    }

    @Test func `serve with a public URL gives a cookie bound to its host, and none of it to another host`() async throws {
        try await Folder.run { folder in
            let environment = Gateway.withAdmin.merging(["GATEHOUSE_SERVER_PUBLIC_URL": "https://app.example.com"]) { $1 }
            try await Gateway.run(["serve"], in: folder, environment: environment) { gateway in
                let ours = ["Host": "app.example.com", "Content-Type": "application/json"]
                let body = #"{"username":"admin","password":"\#(Gateway.password)"}"#
                let answer = try await gateway.send("POST", "/api/auth/login", ours, body: body)
                let cookie = try #require(answer["Set-Cookie"])
                #expect(cookie.hasPrefix("__Host-gatehouse="))
                for attribute in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] { #expect(cookie.contains("; \(attribute)")) }
                let pair = String(cookie.prefix { $0 != ";" })
                #expect(try await gateway.me(["Host": "app.example.com", "Cookie": pair]) == 200)
                #expect(try await gateway.me(["Cookie": pair]) == 421)
                #expect(try await gateway.me(["Host": "evil.example", "X-Forwarded-Host": "app.example.com", "Cookie": pair]) == 421)
                #expect(try await gateway.get("/", ["Host": "evil.example", "Accept": "text/html"]).status == 421)
            }
        }
    }

    @Test(arguments: [("no-such-program-here", ["no-such-program-here", "PATH"]), ("false", ["exit status 1"])])
    func `a UI that cannot run ends the gateway, which says why`(command: String, words: [String]) async throws {
        try await Folder.run { folder in
            let port = try Ports.free()
            let run = try await CommandRun.gatehouse(["dev", "--port", "\(port)", "--ui", command], in: folder, environment: Gateway.withAdmin)
            #expect(run.status != 0)
            for word in words { #expect(run.output.contains(word), "\(run.output)") }
        }
    }
}
