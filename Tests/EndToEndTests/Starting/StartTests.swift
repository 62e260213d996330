import Testing

@Suite struct StartTests {
    @Test func `a second start on the same store is ready at once and keeps the administrator's password`() async throws {
        try await Folder.run { folder in
            let secrets = Secrets()
            try await Gateway.run(in: folder, environment: Gateway.withAdmin, secrets: secrets) { gateway in _ = try await gateway.signIn()
            }
            let other = ["GATEHOUSE_ADMIN_PASSWORD": "another password"]
            try await Gateway.run(in: folder, environment: other, secrets: secrets, readyWithin: .seconds(5)) { gateway async throws in
                #expect(try await gateway.tryToSignIn().status == 200)
                #expect(try await gateway.tryToSignIn("admin", "another password").status == 401)
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
}
