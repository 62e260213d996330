public import GatehouseCore

/// A try to sign in with a password.
public struct SignInAttempt: Sendable {
    /// A user name or an e-mail address, as it was typed.
    public let name: String
    public let password: Secret<String>
    /// Takes the place of `password` if that is right.
    public let newPassword: Secret<String>?
    /// Where the attempt comes from, as text; `nil` where there is no address.
    public let address: String?

    public init(name: String, password: Secret<String>, newPassword: Secret<String>? = nil, address: String?) {
        self.name = name
        self.password = password
        self.newPassword = newPassword
        self.address = address
    }
}
