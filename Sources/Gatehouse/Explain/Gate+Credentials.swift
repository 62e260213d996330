public import GatehouseCore

extension Gate {
    /// The kinds of credential that guarded routes take, as the settings have it.
    public var acceptedCredentials: [Principal.Credential] {
        Principal.Credential.allCases.filter { kind in
            switch kind {
            case .session, .accessToken, .apiKey: true
            case .foreignToken: !settings.issuers.isEmpty
            case .basic: settings.acceptsBasic
            case .trustedProxy: settings.proxyHeader != nil
            case .custom: settings.credential != nil
            }
        }
    }
}
