import Foundation
import Synchronization
import Testing

@Suite struct MasterKeyTests {
    private static let old = "b2xkLW1hc3Rlci1rZXktb2YtdGhlLXRlc3RzLTAwMDE"
    private static let new = String(repeating: "B", count: 42) + "A"

    @Test func `the key file changes under load without a failed request, and the old key opens nothing afterwards`() async throws {
        try await Folder.run { folder in
            let secrets = Secrets()
            var before = ""
            try await Gateway.run(in: folder, environment: Gateway.withAdmin, secrets: secrets) { first in
                try await Gateway.run(in: folder, secrets: secrets) { second in
                    before = try #require(folder.text(of: "gatehouse.db.key"))
                    let session = try await first.signIn()
                    let failures = try await Load.run(on: [first, second], session) {
                        let run = try await CommandRun.gatehouse(["master-key", "rotate"], in: folder)
                        #expect(run.status == 0, "\(run.output)")
                        let after = secrets.note(try #require(folder.text(of: "gatehouse.db.key")).trimmingCharacters(in: .newlines))
                        #expect(after.count == 43)
                        #expect(!before.contains(after))
                        #expect(!run.output.contains(after))
                        #expect(folder.permissions(of: "gatehouse.db.key") == 0o600)
                        // Both go on making keys that the other can open.
                        try await CommandRun.lines("signing-keys", "rotate", "--now", in: folder)
                        for gateway in [first, second] {
                            let token = try await gateway.signIn().bearer
                            #expect(try await soon(within: .seconds(1)) { try await first.me(token) == 200 })
                            #expect(try await soon(within: .seconds(1)) { try await second.me(token) == 200 })
                        }
                    }
                    #expect(failures == [])
                }
            }
            try await Gateway.run(in: folder, secrets: secrets) { gateway in _ = try await gateway.signIn() }
            try folder.write(before, to: "gatehouse.db.key")
            let run = try await CommandRun.gatehouse(["dev", "--port", "0"], in: folder)
            #expect(run.status != 0)
            #expect(run.output.contains("another master key"), "\(run.output)")
        }
    }

    @Test func `a given key is changed by giving both, and then the old one may go`() async throws {
        try await Folder.run { folder in
            let secrets = Secrets()
            let both = ["GATEHOUSE_MASTER_KEY": "\(Self.new),\(Self.old)"]
            try await Gateway.run(
                in: folder, environment: Gateway.withAdmin.merging(["GATEHOUSE_MASTER_KEY": Self.old]) { $1 }, secrets: secrets
            ) { gateway in
                _ = try await gateway.signIn()
                let single = try await CommandRun.gatehouse(["master-key", "rotate"], in: folder, environment: ["GATEHOUSE_MASTER_KEY": Self.old])
                #expect(single.status != 0)
                #expect(single.notes.contains("a comma before it"), "\(single.notes)")
                let run = try await CommandRun.gatehouse(["master-key", "rotate"], in: folder, environment: both)
                #expect(run.status == 0, "\(run.output)")
                #expect(run.printed.contains("may be taken out"), "\(run.output)")
                #expect(secrets.found(in: run.output).isEmpty)
                // Not told of the new key yet, it goes on with what it has opened.
                _ = try await gateway.signIn()
            }
            try await Gateway.run(in: folder, environment: ["GATEHOUSE_MASTER_KEY": Self.new], secrets: secrets) { gateway in
                _ = try await gateway.signIn()
            }
            let refused = try await CommandRun.gatehouse(["dev", "--port", "0"], in: folder, environment: ["GATEHOUSE_MASTER_KEY": Self.old])
            #expect(refused.status != 0)
        }
    }

    @Test func `a change that was broken off leaves a file that opens everything, and another run ends it`() async throws {
        try await Folder.run { folder in
            let secrets = Secrets()
            try await Gateway.run(in: folder, environment: Gateway.withAdmin, secrets: secrets) { _ in }
            let old = try #require(folder.text(of: "gatehouse.db.key"))
            // As it is left behind between the first step and the last.
            try folder.write("\(Self.new),\(old)", to: "gatehouse.db.key")
            try await Gateway.run(in: folder, secrets: secrets) { gateway in _ = try await gateway.signIn() }
            try await CommandRun.lines("master-key", "rotate", in: folder)
            #expect(folder.text(of: "gatehouse.db.key")?.contains(",") == false)
            try await Gateway.run(in: folder, secrets: secrets) { gateway in _ = try await gateway.signIn() }
        }
    }

    @Test func `a lost key file is a refusal, and no new one is made`() async throws {
        try await Folder.run { folder in
            try await Gateway.run(in: folder, environment: Gateway.withAdmin) { _ in }
            try folder.remove("gatehouse.db.key")
            for command in [["dev", "--port", "0"], ["master-key", "rotate"], ["signing-keys", "rotate"]] {
                let run = try await CommandRun.gatehouse(command, in: folder)
                #expect(run.status != 0)
                #expect(run.output.contains("gatehouse.db.key"), "\(run.output)")
                #expect(folder.text(of: "gatehouse.db.key") == nil)
            }
        }
    }
}

/// Requests that go on while something else happens.
private enum Load {
    private final class State: Sendable {
        let failures = Mutex<[String]>([])
        let isDone = Atomic(false)
    }

    /// Returns the answers that were not what they should be.
    static func run(on gateways: [Gateway], _ session: SignedIn, _ body: () async throws -> Void) async throws -> [String] {
        let state = State()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for gateway in gateways {
                for fields in [session.cookieFields, session.bearer] { group.addTask { await ask(gateway, fields, state) } }
            }
            defer { state.isDone.store(true, ordering: .relaxed) }
            try await body()
        }
        return state.failures.withLock { $0 }
    }

    private static func ask(_ gateway: Gateway, _ fields: [String: String], _ state: State) async {
        while !state.isDone.load(ordering: .relaxed) {
            let status = (try? await gateway.me(fields)) ?? 0
            if status != 200 { state.failures.withLock { $0.append("\(fields.keys.joined()): \(status)") } }
        }
    }
}
