import ArgumentParser
import Foundation

/// Whether people or programs read what a command has to say.
package struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print JSON.") package var json = false

    package init() {}

    /// The value as JSON, or the sentence.
    package func show(_ value: some Encodable, _ sentence: String) throws {
        print(json ? try Self.text(value) : sentence)
    }

    package func show<Item: Encodable & Sendable>(_ listing: Listing<Item>) throws { try listing.print(json: json) }

    package static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// For people alone, whoever reads standard output.
    package static func note(_ sentence: String) {
        FileHandle.standardError.write(Data((sentence + "\n").utf8))
    }
}
