public import GatehouseCore
import GatehouseStore

/// What a new API key starts with.
public struct NewAPIKey: Sendable {
    /// The name to show, 1–128 characters.
    public var name: String
    /// What it may be used for; empty means nothing.
    public var scopes: Set<Scope>
    public var roles: Set<Role>
    /// Where it may be used from; empty means anywhere.
    public var addresses: [AddressRange]
    public var expiresAt: Timestamp?
    /// The sort of key that its text names: 1–16 of `a-z0-9`.
    public var kind: String

    public init(
        name: String, scopes: Set<Scope>, roles: Set<Role> = [], addresses: [AddressRange] = [], expiresAt: Timestamp? = nil,
        kind: String = "key"
    ) {
        self.name = name
        self.scopes = scopes
        self.roles = roles
        self.addresses = addresses
        self.expiresAt = expiresAt
        self.kind = kind
    }
}

extension NewAPIKey {
    /// How many scopes, roles and address ranges a key may list, each.
    private static let longestList = 256
    /// The last second that RFC 3339 can write.
    static let latestEnd = Timestamp(seconds: 253_402_300_799)

    /// Throws `validation_failed` naming the fields that no owner could have.
    func check(at now: Timestamp) throws(GatehouseError) {
        var errors: [FieldError] = []
        if let problem = DisplayName.problem(with: name) { errors.append(FieldError(field: "name", code: "invalid", message: problem)) }
        if let expiresAt, expiresAt <= now {
            errors.append(FieldError(field: "expires_at", code: "past", message: "The key would be expired from the start."))
        }
        if let expiresAt, expiresAt > Self.latestEnd {
            errors.append(FieldError(field: "expires_at", code: "too_late", message: "A key ends in the year 9999 at the latest."))
        }
        for (field, count) in [("scopes", scopes.count), ("roles", roles.count), ("addresses", addresses.count)] where count > Self.longestList {
            errors.append(FieldError(field: field, code: "too_many", message: "A key lists \(Self.longestList) at most."))
        }
        if scopes.contains("*") {
            errors.append(FieldError(field: "scopes", code: "invalid", message: "A key names its scopes one by one; “*” is not one."))
        }
        try Self.refuse(errors)
    }

    /// Throws `validation_failed` naming every scope and role that the owner does not hold.
    func check(for owner: LiveAccount) throws(GatehouseError) {
        let scopes = scopes.filter { !owner.rights.hold($0) }.sorted().map {
            FieldError(field: "scopes", code: "not_held", message: "The owner of the key does not hold “\($0)”.")
        }
        let roles = roles.subtracting(owner.rights.roles).sorted().map {
            FieldError(field: "roles", code: "not_held", message: "The owner of the key does not have the role “\($0)”.")
        }
        try Self.refuse(scopes + roles)
    }

    private static func refuse(_ errors: [FieldError]) throws(GatehouseError) {
        guard !errors.isEmpty else { return }
        throw GatehouseError(
            .validationFailed, "A new API key was refused: \(errors.map(\.message).joined(separator: " "))", fields: errors)
    }
}
