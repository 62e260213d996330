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
            let text = field.value
            let bytes = text.utf8.span
            var start = 0
            while start < bytes.count {
                var end = start
                while end < bytes.count, bytes[end] != UInt8(ascii: ";") { end += 1 }
                if let value = value(in: bytes, start..<end) {
                    guard found == nil else { throw GatehouseError(.severalCredentials, "The session cookie was sent twice.") }
                    found = String(text.utf8.dropFirst(value.lowerBound).prefix(value.count))
                }
                start = end + 1
            }
        }
        return found
    }

    /// Where the value of a pair with our name stands, behind the `=`. Over the bytes themselves: every request of a browser comes here.
    private func value(in bytes: Span<UInt8>, _ pair: Range<Int>) -> Range<Int>? {
        var start = pair.lowerBound
        while start < pair.upperBound, bytes[start] == UInt8(ascii: " ") || bytes[start] == UInt8(ascii: "\t") { start += 1 }
        let name = name.utf8.span
        guard pair.upperBound - start > name.count, bytes[start + name.count] == UInt8(ascii: "=") else { return nil }
        for index in name.indices where bytes[start + index] != name[index] { return nil }
        return start + name.count + 1..<pair.upperBound
    }
}
