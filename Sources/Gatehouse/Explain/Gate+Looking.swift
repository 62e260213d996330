import GatehouseAccounts
package import GatehouseCore
package import GatehouseStore
import GatehouseTokens
import Logging

/// Gates for those who ask and do not serve.
extension Gate {
    /// A gate that looks at a store that servers use, and makes and changes nothing.
    ///
    /// Throws as `init` does, and `store_unavailable` for a store that is not at this program's schema.
    package static func readingOnly(store: some SQLDriver, publicURL: String?, settings: GateSettings) async throws(GatehouseError) -> Gate {
        do throws(GatehouseError) {
            return try await Gate(store: store, publicURL: publicURL, settings: settings.quiet, mode: .readOnly)
        } catch  where error.code == .keysUnavailable {
            throw GatehouseError(
                .keysUnavailable, "The store holds no key to sign with yet: start the gateway on it once, which makes what is missing.", cause: error)
        }
    }

    /// A gate without a store, for its routes: it reads nothing, makes nothing, and needs no master key.
    package static func withoutStore(publicURL: String?, settings: GateSettings) async throws(GatehouseError) -> Gate {
        var settings = settings.quiet
        settings.masterKey = .given(try MasterKey(parsing: MasterKey.generateText()))
        settings.accounts.signing.key = try SigningKey.generate(.ES256)
        return try await Gate(store: NoStore(), publicURL: publicURL, settings: settings, mode: .tool)
    }
}

extension GateSettings {
    /// What is asked for is printed; what goes on beside it shows only where it fails.
    fileprivate var quiet: GateSettings {
        var settings = self
        settings.logger.logLevel = .error
        settings.audit = AuditSink.none
        return settings
    }
}
