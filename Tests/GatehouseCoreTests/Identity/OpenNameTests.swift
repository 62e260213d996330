import Foundation
import GatehouseCore
import Testing

@Suite struct OpenNameTests {
    @Test(arguments: ["a", "A.b_c:d/e*f-9", "*", String(repeating: "x", count: 128)])
    func `names of the allowed characters are taken as they are`(_ text: String) throws {
        #expect(try Role(validating: text).rawValue == text)
        #expect(try Permission(validating: text).description == text)
        #expect(try Scope(validating: text).rawValue == text)
        #expect(try Tenant.ID(validating: text).rawValue == text)
    }

    @Test(arguments: [
        "", " ", "a b", "a,b", "a\"b", "a'b", "a;b", "a\r\nX-Forwarded-Groups: admins", "a\nb", "a\0", "a\u{7f}", "é", "ａ", "\u{212A}",
        "a\u{301}", "a%20",
        "a\\b", "a=b", "a@b", "<a>", String(repeating: "x", count: 129),
    ]) func `everything else is refused`(_ text: String) {
        for make in [
            { _ = try Role(validating: text) }, { _ = try Permission(validating: text) }, { _ = try Scope(validating: text) },
            { _ = try Tenant.ID(validating: text) },
        ] {
            let error = #expect(throws: GatehouseError.self) { try make() }
            #expect(error?.code == .configurationInvalid)
        }
    }

    @Test func `every byte is either in the list or refused`() {
        let allowed = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/*-".unicodeScalars.map(\.value))
        for value in UInt32(0)...0x2ff {
            guard let scalar = Unicode.Scalar(value) else { continue }
            #expect(((try? Role(validating: "a\(scalar)b")) != nil) == allowed.contains(value))
        }
    }

    @Test func `names are coded as plain strings and validated when read`() throws {
        #expect(String(decoding: try JSONEncoder().encode([Role.admin]), as: UTF8.self) == #"["admin"]"#)
        #expect(try JSONDecoder().decode([Scope].self, from: Data(#"["orders.read"]"#.utf8)) == ["orders.read"])
        #expect(throws: GatehouseError.self) { try JSONDecoder().decode([Role].self, from: Data(#"["a,admin"]"#.utf8)) }
    }

    @Test func `names sort by their text`() {
        #expect(["b", "a", "C"].sorted() == (["C", "a", "b"] as [Permission]))
    }
}
