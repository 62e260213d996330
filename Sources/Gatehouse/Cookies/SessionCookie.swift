import GatehouseCore
import HTTPTypes

/// The session cookie: 32 random bytes in base64url, host-bound, out of reach for scripts.
struct SessionCookie: Sendable {
    let name: String
    private let attributes: String

    /// - Parameter isSecure: `false` only on loopback over plain HTTP, where a browser would not keep the prefix and `Secure`.
    init(isSecure: Bool) {
        name = isSecure ? "__Host-gatehouse" : "gatehouse"
        attributes = "; Path=/; HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "")
    }

    /// A session cookie without an end of its own: the browser forgets it when it closes, the server when the session ends.
    func set(_ secret: Secret<String>) -> String { secret.expose { "\(name)=\($0)\(attributes)" } }

    /// Takes the cookie back.
    var cleared: String { "\(name)=\(attributes); Max-Age=0" }

    /// The one value of our cookie; `nil` where there is none. Throws `several_credentials` where there are two.
    func read(_ fields: HTTPFields) throws(GatehouseError) -> String? {
        var found: String?
        for field in fields where field.name == .cookie {
            var rest = field.value[...].utf8
            while !rest.isEmpty {
                let end = rest.firstIndex(of: UInt8(ascii: ";")) ?? rest.endIndex
                if let value = value(of: rest[..<end]) {
                    guard found == nil else { throw GatehouseError(.severalCredentials, "The session cookie was sent twice.") }
                    found = String(value)
                }
                rest = rest[end...].dropFirst()
            }
        }
        return found
    }

    /// What is behind the `=` of a pair with our name.
    private func value(of pair: Substring.UTF8View) -> Substring? {
        let pair = pair.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        guard pair.starts(with: name.utf8) else { return nil }
        let rest = pair.dropFirst(name.utf8.count)
        return rest.first == UInt8(ascii: "=") ? Substring(rest.dropFirst()) : nil
    }
}
