import GatehouseCore
import GatehouseStore

/// Something in the store that only a master key opens.
struct SealedRow: Sendable {
    /// The one place where it may be opened.
    let context: String
    let sealed: [UInt8]
    private let place: Place

    private enum Place: Sendable {
        case signingKey(String)
        case secret(String)
    }

    init(_ key: SigningKeyRecord) {
        context = Self.context(ofSigningKey: key.id)
        sealed = key.sealedPrivate
        place = .signingKey(key.id)
    }

    init(_ secret: SecretRecord) {
        context = Self.context(ofSecret: secret.name)
        sealed = secret.sealed
        place = .secret(secret.name)
    }

    static func context(ofSigningKey id: String) -> String { "signing_keys/\(id)/private_key" }
    static func context(ofSecret name: String) -> String { "secrets/\(name)/value" }

    /// Puts another sealing of the same in the store.
    func replace(with new: [UInt8], in transaction: any SQLTransaction) throws(GatehouseError) {
        switch place {
        case .signingKey(let id): try SigningKeyRecord.replaceSealed(sealed, with: new, of: id, in: transaction)
        case .secret(let name): try SecretRecord.replaceSealed(sealed, with: new, of: name, in: transaction)
        }
    }

    /// All there are, but for signing keys that ceased to sign before `moment`, which nobody needs any more.
    static func all(since moment: Timestamp, in transaction: any SQLTransaction) throws(GatehouseError) -> [SealedRow] {
        let keys = try SigningKeyRecord.list(in: transaction).filter { $0.retiredAt.map { $0 > moment } ?? true }
        return keys.map { SealedRow($0) } + (try SecretRecord.list(in: transaction).map { SealedRow($0) })
    }

    /// Whether there is any, those included that nobody needs any more.
    static func hasAny(in transaction: any SQLTransaction) throws(GatehouseError) -> Bool {
        if try SecretRecord.hasAny(in: transaction) { return true }
        return try SigningKeyRecord.hasAny(in: transaction)
    }
}
