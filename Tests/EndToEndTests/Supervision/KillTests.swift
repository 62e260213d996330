import Foundation
import Testing

@Suite struct KillTests {
    @Test func `a gateway that is killed takes its UI with it, and sessions outlive it`() async throws {
        try await Folder.run { folder in
            let ui = try SmallUI.command(in: folder)
            let secrets = Secrets()
            let session = try await Gateway.run(["--ui", ui], in: folder, environment: Gateway.withAdmin, secrets: secrets) { gateway in
                let session = try await gateway.signIn()
                let groups = Set(ProcessEntry.groups(under: gateway.program.id).map(\.group))
                #expect(!groups.isEmpty)
                try await gateway.kill9()
                #expect(await soon(within: .seconds(5)) { !ProcessEntry.anyRuns(inGroups: groups, butShells: true) })
                // What ended them is a shell in the same group, which stays until the grace of a stubborn UI is over.
                #expect(await soon(within: .seconds(10)) { !ProcessEntry.anyRuns(inGroups: groups) })
                return session
            }
            try await Gateway.run(["--ui", ui], in: folder, secrets: secrets) { gateway async throws in
                #expect(try await gateway.me(session.cookieFields) == 200)
                #expect(try await gateway.me(session.bearer) == 200)
                #expect(try await gateway.get("/", session.cookieFields).text.contains("small ui"))
            }
        }
    }

    @Test func `a gateway that is told to end takes its UI with it`() async throws {
        try await Folder.run { folder in
            let ui = try SmallUI.command(in: folder)
            let groups = try await Gateway.run(["--ui", ui], in: folder, environment: Gateway.withAdmin) { gateway in
                Set(ProcessEntry.groups(under: gateway.program.id).map(\.group))
            }
            #expect(!groups.isEmpty)
            #expect(!ProcessEntry.anyRuns(inGroups: groups))
        }
    }

    @Test func `a UI answers what it was asked before the gateway was told to end`() async throws {
        try await Folder.run { folder in
            let ui = try SmallUI.command(in: folder)
            try await Gateway.run(["--ui", ui], in: folder, environment: Gateway.withAdmin) { gateway in
                let session = try await gateway.signIn()
                let groups = Set(ProcessEntry.groups(under: gateway.program.id).map(\.group))
                let wire = try await Wire.connect(port: gateway.port)
                try await wire.request("GET", "/until/\(folder.file("end"))", port: gateway.port, session.cookieFields)
                #expect(await soon { gateway.log.contains("ui | waiting") })
                gateway.program.send(SIGTERM)
                #expect(await soon { (try? await gateway.get("/api/healthz").status) != 200 })
                try folder.write("", to: "end")
                #expect(try await wire.answer(to: "GET").text == "it came")
                await wire.close()
                #expect(try await gateway.program.ended() == 0, "\(gateway.log.suffix(2000))")
                #expect(!ProcessEntry.anyRuns(inGroups: groups))
            }
        }
    }

    @Test func `a UI that is killed is started again, and people see a page that says so meanwhile`() async throws {
        try await Folder.run { folder in
            let ui = try SmallUI.command(in: folder, waitingFor: "go")
            try folder.write("", to: "go")
            try await Gateway.run(["--ui", ui], in: folder, environment: Gateway.withAdmin) { gateway in
                let session = try await gateway.signIn()
                let fields = session.cookieFields.merging(["Accept": "text/html"]) { $1 }
                let before = try await gateway.get("/", fields)
                #expect(before.text.contains("small ui"))

                try folder.remove("go")
                let running = ProcessEntry.groups(under: gateway.program.id).filter { $0.commandLine.contains("small_ui.py") }
                let leaf = try #require(running.last)
                kill(leaf.id, SIGKILL)
                let away = await eventually { () -> Answer? in
                    let answer = try? await gateway.get("/", fields)
                    return answer.flatMap { $0.status == 200 ? nil : $0 }
                }
                #expect([502, 503].contains(try #require(away).status))
                #expect(away?["Content-Type"]?.hasPrefix("text/html") == true)
                #expect(away?["Gatehouse-Error"] == "upstream")
                #expect(try await gateway.me(session.bearer) == 200)
                // What was found good stands for a second.
                let unready = await eventually { () -> Int? in
                    let status = try? await gateway.get("/api/readyz").status
                    return status == 503 ? status : nil
                }
                #expect(unready == 503)

                try folder.write("", to: "go")
                let after = await eventually { () -> Answer? in
                    let answer = try? await gateway.get("/", fields)
                    return answer.flatMap { $0.status == 200 ? $0 : nil }
                }
                #expect(try #require(after).text.contains("small ui"))
                #expect(after?.text != before.text)
            }
        }
    }
}
