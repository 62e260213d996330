import GatehouseCore
import GatehouseTokens

/// What is presented: a cookie's value and the text of an API key.
struct Secrets: Sendable {
    let cookie: String
    let key: String

    /// Well formed, but of no session and no key.
    static func unknown() throws -> Secrets {
        Secrets(cookie: Base64URL.encode(RandomSource.system.bytes(32)), key: try APIKeyText.make(kind: "key").text.expose { $0 })
    }
}
