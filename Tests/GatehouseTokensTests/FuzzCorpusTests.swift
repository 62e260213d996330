import Foundation
import GatehouseTokens
import Testing

/// What the fuzzers found worth keeping, replayed in every test run; `scripts/fuzz` looks for more.
@Suite struct FuzzCorpusTests {
    @Test(arguments: ["reader", "verifier", "apikey"])
    func `the kept corpus breaks no promise`(target: String) throws {
        let folder = Fixture.project.appending(path: "Fuzz/Corpus/\(target)")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(files.count > 20)
        for file in files {
            let bytes = [UInt8](try Data(contentsOf: file))
            switch target {
            case "reader": FuzzBody.reader(bytes)
            case "apikey": FuzzBody.apiKey(bytes)
            default: FuzzBody.verifier(bytes)
            }
        }
    }
}
