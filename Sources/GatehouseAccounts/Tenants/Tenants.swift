public import GatehouseCore
import GatehouseStore

/// The tenants of the store.
public struct Tenants: Sendable {
    let environment: Environment
    let caches: Caches

    /// Makes a tenant with its system role `admin`, who may do everything there and nothing elsewhere.
    ///
    /// Throws `validation_failed` for a name that is not 1–128 visible characters and for an id that another tenant has in other letter
    /// case, `conflict` when there is a tenant with this id.
    public func create(_ tenant: Tenant, by actor: Principal.Identity? = nil) async throws(GatehouseError) {
        if let problem = DisplayName.problem(with: tenant.name) {
            throw GatehouseError(
                .validationFailed, "A new tenant was refused.",
                fields: [FieldError(field: "name", code: "invalid", message: problem)])
        }
        let record = TenantRecord(id: tenant.id, name: tenant.name, createdAt: environment.clock.now())
        defer { caches.dropAll() }
        try await environment.driver.write { transaction throws(GatehouseError) in
            // First, so that of two transactions the second waits here and then sees what the first made.
            try transaction.markChanged()
            try Self.refuseTwin(of: tenant.id, in: transaction)
            guard try record.insert(in: transaction) else {
                throw GatehouseError(
                    .conflict, "There is a tenant “\(tenant.id)” already.",
                    fields: [FieldError(field: "id", code: "taken", message: "Another tenant has it.")])
            }
        }
        environment.record("tenant.created", actor: actor, subject: tenant.id.rawValue, tenant: tenant.id)
    }

    /// An upstream that folds letters would take the one for the other.
    private static func refuseTwin(of id: Tenant.ID, in transaction: any SQLTransaction) throws(GatehouseError) {
        let folded = id.rawValue.lowercased()
        let all = try TenantRecord.list(scope: .everyTenant, in: transaction)
        guard let twin = all.first(where: { $0.id != id && $0.id.rawValue.lowercased() == folded }) else { return }
        throw GatehouseError(
            .validationFailed, "A new tenant was refused: “\(id)” differs from the tenant “\(twin.id)” in letter case alone.",
            fields: [FieldError(field: "id", code: "taken", message: "It differs from “\(twin.id)” in letter case alone.")])
    }

    /// All tenants, by id.
    public func list() async throws(GatehouseError) -> [Tenant] {
        try await environment.driver.read { transaction throws(GatehouseError) in
            try TenantRecord.list(scope: .everyTenant, in: transaction).map { Tenant(id: $0.id, name: $0.name) }
        }
    }

    /// The tenant, from memory. `nil` means no more than that `find` has to be asked.
    public func cached(_ id: Tenant.ID) -> Tenant? { caches.tenants.value(id, at: environment.clock.now()) }

    /// The tenant with this id; `nil` if there is none. Never writes.
    public func find(_ id: Tenant.ID) async throws(GatehouseError) -> Tenant? {
        if let cached = cached(id) { return cached }
        let generation = caches.tenants.generation
        let found = try await environment.driver.read { transaction throws(GatehouseError) in
            try TenantRecord.find(id, scope: .tenant(id), in: transaction).map { Tenant(id: $0.id, name: $0.name) }
        }
        if let found { caches.tenants.insert(found, for: id, readAt: generation) }
        return found
    }
}

/// A name that is shown and means nothing else.
enum DisplayName {
    /// What is wrong with `text`; `nil` if nothing is.
    static func problem(with text: String) -> String? {
        let scalars = text.unicodeScalars
        guard (1...128).contains(scalars.count), text.utf8.count <= 1024,
            !scalars.contains(where: { $0.properties.generalCategory == .control }), !scalars.allSatisfy(\.properties.isWhitespace)
        else { return "A name has 1 to 128 characters, none of them a control character." }
        return nil
    }
}
