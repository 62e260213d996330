import GatehouseCore
import Testing

@Suite struct ErrorCodeTests {
    @Test func `every code has its own name and is found by it`() {
        let names = GatehouseError.Code.allCases.map(\.description)
        #expect(Set(names).count == names.count)
        #expect(names.count >= 40)
        for code in GatehouseError.Code.allCases { #expect(GatehouseError.Code(name: code.description) == code) }
        #expect(GatehouseError.Code(name: "no_such_code") == nil)
        #expect(GatehouseError.Code(name: "") == nil)
    }

    @Test func `names are lower case words, fit for JSON, headers and metrics`() {
        for code in GatehouseError.Code.allCases {
            #expect(code.description.utf8.allSatisfy { ($0 >= 97 && $0 <= 122) || $0 == 95 }, "\(code)")
        }
    }

    @Test func `an error describes its code, message and cause`() {
        struct Broken: Error, CustomStringConvertible { let description = "disk on fire" }
        #expect("\(GatehouseError(.notFound, "Gone."))" == "not_found: Gone.")
        #expect("\(GatehouseError(.storeUnavailable, "No store.", cause: Broken()))" == "store_unavailable: No store. (disk on fire)")
    }
}
