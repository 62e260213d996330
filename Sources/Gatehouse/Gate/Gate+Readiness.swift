import GatehouseTokens

/// What readiness says of keys, in words that an anonymous client may read; which they are stands in the log.
extension Gate {
    /// Something does not work, and the gate does without it for now.
    static let degraded = "degraded"

    /// Our own signing keys: `degraded` where one in the store cannot be opened, `unusable` where none is left to sign with.
    var keyState: String {
        guard tokens.canSign else { return "unusable" }
        return accounts.signingKeys.failure == nil ? "ok" : Self.degraded
    }

    /// The key sets of other issuers, if there are any: `degraded` where one is not to be had just now. That keeps nobody else out.
    var issuerState: [String: String] {
        guard let sets = door.authenticator.foreign?.keySets, !sets.isEmpty else { return [:] }
        return ["issuers": sets.allSatisfy(\.isGood) ? "ok" : Self.degraded]
    }
}
