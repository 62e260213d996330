import GatehouseCore
import GatehouseStore
import GatehouseTokens

/// What every rule draws on from outside.
final class Environment: Sendable {
    let driver: any SQLDriver
    let clock: WallClock
    let random: RandomSource
    let audit: AuditSink
    let onTrouble: @Sendable (Trouble) -> Void

    init(
        driver: any SQLDriver, clock: WallClock, random: RandomSource, audit: AuditSink,
        onTrouble: @escaping @Sendable (Trouble) -> Void = { _ in }
    ) {
        self.driver = driver
        self.clock = clock
        self.random = random
        self.audit = audit
        self.onTrouble = onTrouble
    }

    /// 32 random bytes in base64url: a secret that nobody guesses.
    func newSecret() -> String { Base64URL.encode(random.bytes(32)) }

    /// A random id of 22 characters.
    func newID() -> String { Base64URL.encode(random.bytes(16)) }

    /// Records something that succeeded just now.
    func record(
        _ action: String, actor: Principal.Identity? = nil, subject: String? = nil, tenant: Tenant.ID? = nil, address: String? = nil,
        details: [String: String] = [:]
    ) {
        audit.record(
            AuditEvent(
                action, at: clock.now(), actor: actor, subject: subject, tenant: tenant, address: address, details: details))
    }

    /// Records a refusal.
    func recordRefusal(
        _ action: String, _ code: GatehouseError.Code, subject: String? = nil, tenant: Tenant.ID? = nil, address: String? = nil
    ) {
        audit.record(
            AuditEvent(
                action, .denied, at: clock.now(), subject: subject, tenant: tenant, address: address, code: code))
    }
}
