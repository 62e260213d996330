import Foundation
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

    @Test func `a secret is read from a configuration like the value in it`() throws {
        struct Settings: Decodable { let password: Secret<String> }
        let settings = try JSONDecoder().decode(Settings.self, from: Data(#"{"password":"hunter2-hunter2"}"#.utf8))
        #expect(settings.password.expose { $0 } == "hunter2-hunter2")
        #expect(!"\(settings)".contains("hunter2"))
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Settings.self, from: Data(#"{"password":7}"#.utf8)) }
    }

    @Test func `an error thrown while a secret is read does not show it`() {
        struct Refused: Error {}
        let secret = Secret([UInt8]("hunter2".utf8))
        #expect(throws: Refused.self) { try secret.expose { (_: [UInt8]) throws(Refused) -> Void in throw Refused() } }
        #expect(!"\(Optional(secret) as Any)".contains("104"))
    }
}
