import GatehouseCore
import Testing

@Suite struct SecretTests {
    @Test func `a secret shows itself in no description, dump or mirror`() {
        let secret = Secret("hunter2-hunter2")
        var dumped = ""
        dump(["nested": secret], to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), String(describing: [secret]), dumped] {
            #expect(!text.contains("hunter2"))
        }
        #expect(Mirror(reflecting: secret).children.isEmpty)
        #expect(secret.expose { $0 } == "hunter2-hunter2")
    }

    @Test func `a secret cannot be encoded`() {
        #expect(!((Secret("x") as Any) is any Encodable))
    }
}
