public import Gatehouse

/// What `gatehouse master-key …` does, beside gateways that run on.
public enum MasterKeyCommands {
    public struct Outcome: Sendable, Encodable {
        /// How many values were sealed anew.
        public let resealed: Int
        /// What is left to do, or that nothing is.
        public let sentence: String
    }

    /// Seals everything in the store under a new master key.
    ///
    /// Without a given key the one in the key file is replaced; at every moment the file holds what opens the store. A given key has to
    /// hold the new and the old one.
    /// - Parameter settling: how long gateways that are just sealing something under the old key are waited for.
    /// Throws `configuration_invalid` where there is nothing to change to, `conflict` while another does the same, `master_key_mismatch`.
    public static func rotate(
        in configuration: Configuration, settling: Duration = .seconds(2)
    ) async throws(GatehouseError) -> Outcome {
        if let given = configuration.masterKey { return try await reseal(underGiven: given, in: configuration) }
        let file = try KeyFileChange(path: configuration.store.path + ".key")
        let old = try file.read()
        let accounts = try await configuration.openAccounts()
        let new = MasterKey.generateText()
        let both = new.expose { new in old.expose { old in Secret("\(new),\(old)") } }
        try file.replace(with: both)
        var count = try await accounts.resealing.reseal(under: try MasterKey(parsing: both))
        try? await Task.sleep(for: settling)
        count += try await accounts.resealing.reseal(under: try MasterKey(parsing: both))
        try file.replace(with: new)
        return Outcome(
            resealed: count,
            sentence: "\(count) values are sealed under a new master key; \(file.path) holds it alone. Back it up apart from the database.")
    }

    private static func reseal(
        underGiven text: Secret<String>, in configuration: Configuration
    ) async throws(GatehouseError) -> Outcome {
        guard text.expose({ $0.utf8.contains(UInt8(ascii: ",")) }) else {
            throw GatehouseError(
                .configurationInvalid,
                "The master key that is given is a single one: put a new one and a comma before it, for every gateway and for this command "
                    + "(make it with: openssl rand -base64 32 | tr '/+' '_-' | tr -d =). Then run this again.")
        }
        let count = try await configuration.openAccounts().resealing.reseal(under: try MasterKey(parsing: text))
        return Outcome(
            resealed: count, sentence: "\(count) values were sealed anew, and all are under the first master key: the others may be taken out.")
    }
}
