import Foundation
import Gatehouse
import HTTPTypes
import Testing

@Suite struct `Every error code` {
    @Test func `has a status and a sentence of its own kind`() {
        for code in GatehouseError.Code.allCases {
            let error = GatehouseError(code, "")
            #expect((400...599).contains(error.status.code), "\(code)")
            #expect(!error.status.reasonPhrase.isEmpty, "\(code)")
            #expect(error.sentence.hasSuffix(".") && error.sentence.count > 10, "\(code)")
        }
    }

    @Test func `of set-up is the server's fault and says nothing`() {
        for code in [
            GatehouseError.Code.configurationInvalid, .invalidKey, .masterKeyMissing, .masterKeyMismatch, .routeUnguarded, .publicURLRequired,
        ] {
            let error = GatehouseError(code, "")
            #expect(error.status.code == 500 && error.sentence == "Something went wrong here.", "\(code)")
        }
    }

    /// The rows of the page's tables: code and status.
    private static func documented() throws -> [String: String] {
        let page = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../docs/errors.md").standardized
        var entries: [String: String] = [:]
        for line in try String(contentsOf: page, encoding: .utf8).split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            #expect(cells.count == 4 && cells.allSatisfy { !$0.isEmpty }, "\(line)")
            let name = cells[0].replacingOccurrences(of: "`", with: "")
            #expect(entries.updateValue(cells.count > 1 ? cells[1] : "", forKey: name) == nil, "twice: \(name)")
        }
        return entries
    }

    @Test func `has an entry in the docs with its status`() throws {
        let entries = try Self.documented()
        for code in GatehouseError.Code.allCases {
            let status = GatehouseError(code, "").status.code
            #expect(entries["\(code)"] == "\(status)", "docs/errors.md on \(code): \(entries["\(code)"] ?? "nothing")")
        }
    }

    @Test func `in the docs is one that there is`() throws {
        for name in try Self.documented().keys { #expect(GatehouseError.Code(name: name) != nil, "\(name)") }
    }
}
