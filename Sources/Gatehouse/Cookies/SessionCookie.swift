import GatehouseCore
import HTTPTypes

/// The session cookie: 32 random bytes in base64url, host-bound, out of reach for scripts.
struct SessionCookie: Sendable {
    /// The names that are ours whatever the mode; none of them ever reaches an upstream.
    static let names = ["__Host-gatehouse", "gatehouse"]

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
        for value in fields[values: .cookie] {
            for pair in value.utf8.split(separator: UInt8(ascii: ";")) {
                let pair = Substring(pair.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") })
                guard pair.utf8.starts(with: name.utf8), pair.utf8.dropFirst(name.utf8.count).first == UInt8(ascii: "=") else { continue }
                guard found == nil else { throw GatehouseError(.severalCredentials, "The session cookie was sent twice.") }
                found = String(pair.utf8.dropFirst(name.utf8.count + 1)) ?? ""
            }
        }
        return found
    }
}
