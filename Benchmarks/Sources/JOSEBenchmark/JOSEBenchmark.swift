import Foundation
import GatehouseTokens
import Metering

/// Measures on request, so that whoever asks can let it take turns with programs in other languages.
///
/// Reads lines and answers each with one:
/// - `sample <alg>`: a token and its key as JSON. There is one of each algorithm, made at the first question.
/// - `run <contender> <alg> <count>`: nanoseconds of processor time and allocations of that many checks.
@main struct JOSEBenchmark {
    private struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    private var samples: [SigningAlgorithm: Sample] = [:]
    private var contenders: [String: any Contender] = [:]

    static func main() async throws {
        var benchmark = JOSEBenchmark()
        while let line = readLine() {
            print(try await benchmark.answer(line.split(separator: " ").map(String.init)))
            fflush(nil)
        }
    }

    private mutating func answer(_ words: [String]) async throws -> String {
        if words.count == 2, words[0] == "sample", let algorithm = SigningAlgorithm(rawValue: words[1]) {
            return try sample(algorithm).json
        }
        guard words.count == 4, words[0] == "run", let algorithm = SigningAlgorithm(rawValue: words[2]), let count = Int(words[3]) else {
            throw Refusal(description: "What is “\(words.joined(separator: " "))”?")
        }
        let contender = try await contender(words[1], sample(algorithm))
        let meter = Meter()
        let accepted = try await contender.accepted(of: count)
        let cost = meter.read()
        guard accepted == count else { throw Refusal(description: "\(words[1]) refused a good token.") }
        return "\(cost.nanoseconds) \(cost.allocations)"
    }

    private mutating func sample(_ algorithm: SigningAlgorithm) throws -> Sample {
        if let known = samples[algorithm] { return known }
        let sample = try Sample(algorithm)
        samples[algorithm] = sample
        return sample
    }

    private mutating func contender(_ name: String, _ sample: Sample) async throws -> any Contender {
        if let known = contenders["\(name) \(sample.algorithm)"] { return known }
        guard let contender = try await Contenders.make(name, sample), try await Contenders.isSound(name, sample) else {
            throw Refusal(description: "\(name) is unknown, or does not tell a good token from a bad one.")
        }
        contenders["\(name) \(sample.algorithm)"] = contender
        return contender
    }
}
