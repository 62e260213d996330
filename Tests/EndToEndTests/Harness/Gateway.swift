import Foundation
import Testing

/// The real program, running on a port of its own.
struct Gateway: Sendable {
    let port: Int
    let program: Program
    let secrets: Secrets

    var url: String { "http://127.0.0.1:\(port)" }
    var log: String { program.log.text }

    /// Starts `gatehouse` with these arguments, `dev` unless the first is another command, waits until it is ready, and ends it when `body` has returned.
    ///
    /// It must end by SIGTERM with status 0 unless the body ended it otherwise, and its log must hold none of the secrets.
    static func run<Result>(
        _ arguments: [String] = [], in folder: Folder, environment: [String: String] = [:], port: Int? = nil, secrets: Secrets = Secrets(),
        ready path: String = "/api/readyz", readyWithin limit: Duration = .seconds(60), _ body: (Gateway) async throws -> Result
    ) async throws -> Result {
        let port = try port ?? Ports.free()
        for (name, value) in environment where name.contains("PASSWORD") || name.contains("KEY") { secrets.note(value) }
        let words = (arguments.first == "serve" ? arguments : ["dev"] + arguments) + ["--port", "\(port)"]
        // The most talkative log is the one that must not talk.
        let environment = ["GATEHOUSE_LOG_LEVEL": "trace"].merging(environment) { _, given in given }
        let program = try Program(
            Products.gatehouse, words, in: folder, environment: environment, log: "gateway-\(port).log")
        let gateway = Gateway(port: port, program: program, secrets: secrets)
        let result: Result
        do {
            try await gateway.answers(path, within: limit)
            for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) where file.hasSuffix(".key") {
                secrets.note(folder.text(of: file)?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "")
            }
            result = try await body(gateway)
        } catch {
            program.send(SIGKILL)
            _ = try? await program.ended()
            gateway.expectCleanLog()
            throw error
        }
        let wasRunning = program.isRunning
        program.send(SIGTERM)
        let status = try await program.ended(within: .seconds(40))
        if wasRunning { #expect(status == 0, "\(program.log.text.suffix(2000))") }
        gateway.expectCleanLog()
        return result
    }

    private func answers(_ path: String, within limit: Duration) async throws {
        let isReady = await soon(within: limit) {
            if !program.isRunning { return true }
            return (try? await get(path).status) == 200
        }
        guard isReady, program.isRunning else { throw Failure("the gateway did not become ready:\n\(log)") }
    }

    func expectCleanLog() {
        let leaks = secrets.found(in: log)
        #expect(leaks.isEmpty, "the gateway's log holds secrets")
        #expect(!log.isEmpty)
    }

    /// Kills the gateway as nothing can prevent, and waits until it has gone.
    func kill9() async throws {
        program.send(SIGKILL)
        try await program.ended()
    }

    /// One request on a connection of its own.
    func send(_ method: String, _ target: String, _ fields: [String: String] = [:], body: String? = nil) async throws -> Answer {
        let wire = try await Wire.connect(port: port)
        do {
            let answer = try await wire.exchange(
                method, target, port: port, fields.merging(["Connection": "close"]) { given, _ in given }, body: body)
            await wire.close()
            secrets.note(from: answer)
            return answer
        } catch {
            await wire.close()
            throw error
        }
    }

    func get(_ target: String, _ fields: [String: String] = [:]) async throws -> Answer { try await send("GET", target, fields) }
}
