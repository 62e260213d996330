import Foundation
import GatehouseAccounts
import GatehouseCore
import Metering

/// Measures on request: `CheckBenchmark <folder>` makes a store in the folder, reads lines and answers each with one.
///
/// - `run <check> <count>`: nanoseconds of processor time and allocations of that many checks.
@main struct CheckBenchmark {
    private struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    private let store: Store
    private var checks: [String: any Check] = [:]

    static func main() async throws {
        guard let folder = CommandLine.arguments.dropFirst().first else { throw Refusal(description: "Where may the store be made?") }
        var benchmark = CheckBenchmark(store: try await Store(path: "\(folder)/checks.db"))
        while let line = readLine() {
            print(try await benchmark.answer(line.split(separator: " ").map(String.init)))
            fflush(nil)
        }
    }

    private init(store: Store) { self.store = store }

    private mutating func answer(_ words: [String]) async throws -> String {
        guard words.count == 3, words[0] == "run", let count = Int(words[2]) else {
            throw Refusal(description: "What is “\(words.joined(separator: " "))”?")
        }
        let check = try await check(words[1])
        // As a server does four times a second: what is in memory counts for a second.
        await store.watcher.look()
        let meter = Meter()
        let accepted = try await check.accepted(of: count)
        let cost = meter.read()
        guard accepted == count else { throw Refusal(description: "\(words[1]) refused a good secret.") }
        return "\(cost.nanoseconds) \(cost.allocations)"
    }

    private mutating func check(_ name: String) async throws -> any Check {
        if let known = checks[name] { return known }
        guard let check = Checks.make(name, store, store.secrets), let bad = Checks.make(name, store, try Secrets.unknown()) else {
            throw Refusal(description: "There is no check “\(name)”.")
        }
        guard try await check.accepted(of: 3) == 3, try await bad.accepted(of: 3) == 0 else {
            throw Refusal(description: "\(name) does not tell a good secret from a bad one.")
        }
        checks[name] = check
        return check
    }
}
