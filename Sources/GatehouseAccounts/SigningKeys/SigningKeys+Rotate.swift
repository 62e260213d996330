public import GatehouseCore
import GatehouseStore
public import GatehouseTokens

/// Every change is obeyed by each process with its change watcher's next look.
extension SigningKeys {
    /// All keys, the newest first; before them one from the settings.
    public func list() async throws(GatehouseError) -> [SigningKeySummary] {
        let stored = try await stored().map {
            SigningKeySummary($0, keptAfterRetirement: keptAfterRetirement, besideOwnKey: settings.key != nil)
        }
        return (settings.key.map { [SigningKeySummary($0)] } ?? []) + stored
    }

    /// Publishes a new key that signs after `SigningSettings.publishDelay`, so that whoever keeps our key set has it by then; returns
    /// the next key, also when there was one already.
    ///
    /// - Parameter now: lets the next key, or a new one, sign at once; returns that. Of several at the same time one does it.
    /// Throws `configuration_invalid` beside a key from the settings.
    public func rotate(now: Bool = false, by actor: Principal.Identity? = nil) async throws(GatehouseError) -> SigningKeySummary {
        try refuseBesideOwnKey()
        // Where none signs there is nobody to wait for.
        let signsNow = try await stored().allSatisfy { $0.state != .current } || now
        let rotated = signsNow ? try await signAnew(actor) : try await publishNext(actor)
        try await reload()
        return SigningKeySummary(rotated, keptAfterRetirement: keptAfterRetirement, besideOwnKey: false)
    }

    /// Takes a key of one's own into the store: published now and signing after `SigningSettings.publishDelay`, or at once.
    ///
    /// Throws `configuration_invalid` for another algorithm than the one that is set, and beside a key from the settings; `conflict` for
    /// a key that is in the store, and while there is another next key.
    public func `import`(
        _ key: SigningKey, now signsNow: Bool = false, by actor: Principal.Identity? = nil
    ) async throws(GatehouseError) -> SigningKeySummary {
        try refuseBesideOwnKey()
        guard key.algorithm == settings.algorithm else {
            throw GatehouseError(
                .configurationInvalid,
                "The key signs with \(key.algorithm.rawValue), and \(settings.algorithm.rawValue) is set: the next start would replace it. "
                    + "Set “signing” to the key's algorithm first, or import another key.")
        }
        let now = environment.clock.now()
        let signsNow = try await stored().allSatisfy { $0.state != .current } || signsNow
        let record = try await store(key, signsFrom: signsNow ? nil : now + settings.publishDelay) { record, transaction throws(GatehouseError) in
            let others = try SigningKeyRecord.list(in: transaction)
            guard !others.contains(where: { $0.kid == record.kid }) else {
                throw GatehouseError(.conflict, "The store has the key \(record.kid) already.")
            }
            if signsNow, let current = others.first(where: { $0.state == .current }) {
                _ = try SigningKeyRecord.retire(current.id, at: now, in: transaction)
            }
            guard try record.claim(in: transaction) else {
                throw GatehouseError(.conflict, "Another key is to sign next already; let it sign, or retire it first.")
            }
            try transaction.markChanged()
            return record
        }
        environment.record("signing_key.imported", actor: actor, subject: key.kid, details: ["algorithm": key.algorithm.rawValue])
        try await reload()
        return SigningKeySummary(record, keptAfterRetirement: keptAfterRetirement, besideOwnKey: false)
    }

    /// Forgets a key: nothing that it signed is valid any more. In the place of the one that signs comes the next, or a new one.
    ///
    /// Throws `not_found`, `configuration_invalid` for the key from the settings.
    public func retire(kid: String, by actor: Principal.Identity? = nil) async throws(GatehouseError) {
        guard settings.key?.kid != kid else { throw Self.ownKey }
        let now = environment.clock.now()
        let needsCurrent = settings.key == nil
        try await store(try SigningKey.generate(settings.algorithm), signsFrom: nil) { spare, transaction throws(GatehouseError) in
            let all = try SigningKeyRecord.list(in: transaction)
            guard let record = all.first(where: { $0.kid == kid }) else {
                throw GatehouseError(.notFound, "The store has no signing key of this name.")
            }
            _ = try SigningKeyRecord.delete(kid: kid, in: transaction)
            if record.state == .current, needsCurrent {
                if let next = all.first(where: { $0.state == .next }) {
                    _ = try SigningKeyRecord.promote(next.id, at: now, in: transaction)
                } else {
                    _ = try spare.claim(in: transaction)
                }
            }
            try transaction.markChanged()
        }
        environment.record("signing_key.withdrawn", actor: actor, subject: kid)
        try await reload()
    }

    /// Lets the next key sign when its time has come, and publishes one when the time of the current one nears its end. Of several
    /// processes one does each.
    func rotateWhenDue() async throws(GatehouseError) {
        guard settings.key == nil else { return }
        let now = environment.clock.now()
        let records = try await stored()
        guard let current = records.first(where: { $0.state == .current }) else { return }
        if let next = records.first(where: { $0.state == .next }) {
            guard next.signsFrom <= now else { return }
            _ = try await promote(next, replacing: current, nil)
        } else {
            guard let interval = settings.rotationInterval, current.signsFrom + interval - settings.publishDelay <= now else { return }
            _ = try await publishNext(nil)
        }
        try await reload()
    }

    private static let ownKey = GatehouseError(
        .configurationInvalid,
        "The signing key is the one from the settings. To rotate it set another there; to let Gatehouse keep its keys take it out.")

    private func refuseBesideOwnKey() throws(GatehouseError) {
        if settings.key != nil { throw Self.ownKey }
    }

    /// The next key, made if there is none.
    private func publishNext(_ actor: Principal.Identity?) async throws(GatehouseError) -> SigningKeyRecord {
        if let next = try await stored().first(where: { $0.state == .next }) { return next }
        let key = try SigningKey.generate(settings.algorithm)
        let signsFrom = environment.clock.now() + settings.publishDelay
        let next = try await store(key, signsFrom: signsFrom) { record, transaction throws(GatehouseError) in
            _ = try record.claim(in: transaction)
            return try SigningKeyRecord.list(in: transaction).first { $0.state == .next } ?? record
        }
        if next.kid == key.kid {
            environment.record("signing_key.published", actor: actor, subject: key.kid, details: ["algorithm": key.algorithm.rawValue])
        }
        return next
    }

    /// Lets the next key, or a new one, sign instead of the one that does; returns what signs afterwards.
    private func signAnew(_ actor: Principal.Identity?) async throws(GatehouseError) -> SigningKeyRecord {
        let records = try await stored()
        let old = records.first { $0.state == .current }
        if let next = records.first(where: { $0.state == .next }) { return try await promote(next, replacing: old, actor) }
        let now = environment.clock.now()
        let replaced = try await store(try SigningKey.generate(settings.algorithm), signsFrom: nil) { record, transaction throws(GatehouseError) in
            try Self.replace(old, at: now, in: transaction) { () throws(GatehouseError) in _ = try record.claim(in: transaction) }
        }
        recordRotation(from: old, to: replaced, actor)
        return replaced.signing
    }

    /// Lets the next key sign instead of `old`; returns what signs afterwards.
    private func promote(
        _ next: SigningKeyRecord, replacing old: SigningKeyRecord?, _ actor: Principal.Identity?
    ) async throws(GatehouseError) -> SigningKeyRecord {
        let now = environment.clock.now()
        let replaced = try await environment.driver.write { transaction throws(GatehouseError) in
            try Self.replace(old, at: now, in: transaction) { () throws(GatehouseError) in
                guard try SigningKeyRecord.promote(next.id, at: now, in: transaction) else {
                    throw GatehouseError(.conflict, "The key that was to sign next has been retired.")
                }
            }
        }
        recordRotation(from: old, to: replaced, actor)
        return replaced.signing
    }

    /// Retires `old` and has `body` put another in its place, unless another process did so first; returns what signs afterwards.
    private static func replace(
        _ old: SigningKeyRecord?, at now: Timestamp, in transaction: any SQLTransaction, by body: () throws(GatehouseError) -> Void
    ) throws(GatehouseError) -> Replaced {
        if let current = try current(in: transaction), current.id != old?.id { return Replaced(signing: current, isOurs: false) }
        if let old { _ = try SigningKeyRecord.retire(old.id, at: now, in: transaction) }
        try body()
        try transaction.markChanged()
        guard let current = try current(in: transaction) else {
            throw GatehouseError(.keysUnavailable, "The store holds no key to sign with.")
        }
        return Replaced(signing: current, isOurs: true)
    }

    private static func current(in transaction: any SQLTransaction) throws(GatehouseError) -> SigningKeyRecord? {
        try SigningKeyRecord.list(in: transaction).first { $0.state == .current }
    }

    private func recordRotation(from old: SigningKeyRecord?, to new: Replaced, _ actor: Principal.Identity?) {
        guard new.isOurs else { return }
        environment.record(
            "signing_key.rotated", actor: actor, subject: new.signing.kid,
            details: ["algorithm": new.signing.algorithm].merging(old.map { ["retired": $0.kid] } ?? [:]) { $1 })
    }
}

/// What signs after a rotation, and whether this process brought it about.
private struct Replaced: Sendable {
    let signing: SigningKeyRecord
    let isOurs: Bool
}
