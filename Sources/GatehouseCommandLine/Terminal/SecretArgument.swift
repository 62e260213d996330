import ArgumentParser
import Foundation
package import GatehouseCore

/// Text that other processes of the machine must not see among the arguments: `-` is standard input, `@path` a file.
package struct SecretArgument: ExpressibleByArgument, Sendable {
    private let argument: String

    package init(argument: String) { self.argument = argument }

    /// The text, less the line end behind it; an argument that is neither stands for itself.
    package func read() throws -> Secret<String> {
        if argument == "-" { return try Self.text(try FileHandle.standardInput.read(upToCount: 64 * 1024) ?? Data(), of: "Standard input") }
        guard argument.hasPrefix("@") else { return Secret(argument) }
        return try Self.file(String(argument.dropFirst()))
    }

    /// The same where a plain argument is a path.
    package func readFile() throws -> Secret<String> {
        argument == "-" || argument.hasPrefix("@") ? try read() : try Self.file(argument)
    }

    private static func file(_ path: String) throws -> Secret<String> {
        guard let handle = FileHandle(forReadingAtPath: path) else { throw ValidationError("The file \(path) cannot be read.") }
        defer { try? handle.close() }
        return try text(try handle.read(upToCount: 64 * 1024) ?? Data(), of: "The file \(path)")
    }

    private static func text(_ data: Data, of source: String) throws -> Secret<String> {
        guard var text = String(validating: data, as: UTF8.self) else { throw ValidationError("\(source) is not UTF-8 text.") }
        if text.hasSuffix("\r\n") || text.hasSuffix("\n") { text.removeLast() }
        guard !text.isEmpty else { throw ValidationError("\(source) is empty.") }
        return Secret(text)
    }
}
