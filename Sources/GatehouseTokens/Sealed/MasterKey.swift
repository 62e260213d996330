import Crypto
public import GatehouseCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The key that everything secret in the store is sealed under: 32 bytes, several of them while they are being changed.
///
/// What is sealed goes under the newest; the older ones only open. No key is used itself, only keys derived from it (HKDF, RFC 5869).
public struct MasterKey: Sendable {
    private struct Generation: Sendable {
        let root: SymmetricKey
        let sealing: SymmetricKey
        let id: [UInt8]

        init(_ bytes: [UInt8]) {
            root = SymmetricKey(data: bytes)
            sealing = MasterKey.derive(root, "gatehouse/seal", 32)
            id = MasterKey.derive(root, "gatehouse/key-id", MasterKey.idLength).withUnsafeBytes { Array($0) }
        }
    }

    private static let length = 32
    private static let version: UInt8 = 1
    private static let idLength = 8
    private static let headerLength = 1 + idLength
    /// The 96-bit nonce before and the 128-bit tag behind the ciphertext.
    private static let overhead = 12 + 16

    private let newest: Generation
    private let older: [Generation]

    /// Reads one key or several, newest first, separated by commas, each 32 bytes in base64url.
    ///
    /// Throws `master_key_missing` for empty text, `configuration_invalid` for what does not decode to 32 bytes.
    public init(parsing text: Secret<String>) throws(GatehouseError) {
        let parts = text.expose { $0.split(separator: ",", omittingEmptySubsequences: false).map { Self.trimmed($0) } }
        guard parts != [""] else {
            throw GatehouseError(
                .masterKeyMissing, "No master key is given; make one with: openssl rand -base64 32 | tr '/+' '_-' | tr -d =")
        }
        var keys: [Generation] = []
        for (index, part) in parts.enumerated() {
            guard let bytes = Base64URL.decode(part), bytes.count == Self.length else {
                throw GatehouseError(
                    .configurationInvalid,
                    "Master key \(index + 1) of \(parts.count) is not 32 bytes in base64url without padding; "
                        + "make one with: openssl rand -base64 32 | tr '/+' '_-' | tr -d =")
            }
            keys.append(Generation(bytes))
        }
        newest = keys[0]
        older = Array(keys.dropFirst())
    }

    private static func trimmed(_ text: Substring) -> String {
        let blank: (Character) -> Bool = { $0.isWhitespace }
        return String(text.drop(while: blank).reversed().drop(while: blank).reversed())
    }

    /// The text of a new random key, fit for `init(parsing:)`.
    public static func generateText(_ random: RandomSource = .system) -> Secret<String> {
        Secret(Base64URL.encode(random.bytes(length)))
    }

    /// Seals `bytes` with AES-256-GCM: version, key id, nonce, ciphertext and tag.
    ///
    /// - Parameter context: the one place where it may be opened, such as `signing_keys/<id>/private_key`.
    public func seal(_ bytes: [UInt8], context: String) throws(GatehouseError) -> [UInt8] {
        let header = [Self.version] + newest.id
        do {
            let box = try AES.GCM.seal(bytes, using: newest.sealing, authenticating: header + Array(context.utf8))
            return header + [UInt8](box.nonce) + [UInt8](box.ciphertext) + [UInt8](box.tag)
        } catch {
            throw GatehouseError(.internalError, "A value could not be sealed.", cause: error)
        }
    }

    /// Opens what was sealed in the same context with this key or one of the older ones. Throws `master_key_mismatch` otherwise.
    public func open(_ sealed: [UInt8], context: String) throws(GatehouseError) -> Secret<[UInt8]> {
        guard sealed.count >= Self.headerLength + Self.overhead, sealed[0] == Self.version else {
            throw GatehouseError(.masterKeyMismatch, "A sealed value is damaged, or from a newer version of Gatehouse.")
        }
        let header = Array(sealed[..<Self.headerLength])
        guard let key = ([newest] + older).first(where: { $0.id == Array(header.dropFirst()) }) else {
            throw GatehouseError(
                .masterKeyMismatch, "A value in the store was sealed under another master key; give that key too, behind the new one.")
        }
        do {
            let box = try AES.GCM.SealedBox(combined: sealed[Self.headerLength...])
            return Secret([UInt8](try AES.GCM.open(box, using: key.sealing, authenticating: header + Array(context.utf8))))
        } catch {
            throw GatehouseError(.masterKeyMismatch, "A sealed value was changed, or moved from where it was sealed.", cause: error)
        }
    }

    /// Whether a value was sealed under an older key and should be sealed anew.
    public func isOutdated(_ sealed: [UInt8]) -> Bool {
        sealed.prefix(Self.headerLength) != ([Self.version] + newest.id)[...]
    }

    /// 32 bytes for one purpose, from the newest key; the same label gives the same bytes.
    public func derive(label: String) -> Secret<[UInt8]> {
        Secret(Self.derive(newest.root, "gatehouse/derived/" + label, Self.length).withUnsafeBytes { Array($0) })
    }

    private static func derive(_ root: SymmetricKey, _ label: String, _ length: Int) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: root, info: Array(label.utf8), outputByteCount: length)
    }
}
