import GatehouseCore

/// What is known of a credential that was refused: the cause of its refusal, for the audit trail alone.
struct RefusedCredential: Error {
    /// Whose it is, where it was found out.
    var owner: Principal.Identity?
    /// The tenant that it belongs to.
    var tenant: Tenant.ID?
    /// The tenant that the request names, where it is another.
    var named: Tenant.ID?
    /// The credential was a key; its id, or the name of one from the settings.
    var key: Key?

    struct Key {
        var id: String?
    }
}

extension RefusedCredential {
    init(keyOf principal: Principal) {
        self.init(owner: principal.identity, tenant: principal.tenant, key: Key(id: principal.credentialID))
    }
}
