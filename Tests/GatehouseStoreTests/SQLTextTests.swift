import GatehouseStore
import Testing

@Suite struct SQLTextTests {
    @Test func `each dialect writes numbered parameters in its own way`() {
        let text: SQLText = "SELECT \(1), \("a"), \(again: 1), \(again: 2)"
        #expect(text.rendered(for: .sqlite) == "SELECT ?1, ?2, ?1, ?2")
        #expect(text.rendered(for: .postgres) == "SELECT $1, $2, $1, $2")
        #expect(text.values == [.integer(1), .text("a")])
    }

    @Test func `a fragment's parameters are numbered on`() {
        let inner: SQLText = "b = \(2) OR c = \(again: 1)"
        let text: SQLText = "a = \(1) AND (\(sql: inner)) AND d = \(String?.none)"
        #expect(text.rendered(for: .sqlite) == "a = ?1 AND (b = ?2 OR c = ?2) AND d = ?3")
        #expect(text.values == [.integer(1), .integer(2), .null])
    }

    @Test(arguments: ["'; DROP TABLE users; --", "\u{0}", "?1", ""])
    func `a value never becomes part of the text`(_ value: String) {
        let text: SQLText = "SELECT \(value)"
        #expect(text.rendered(for: .postgres) == "SELECT $1")
        #expect(text.values == [.text(value)])
    }
}
