package import GatehouseAccounts
public import GatehouseCore
public import GatehouseStore
package import GatehouseTokens
package import HTTPTypes
import Hummingbird
import Logging

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The gate of one application: its accounts, its keys and the rules at its door.
///
/// `router(context:)` gives a router whose routes are guarded, `application(_:)` a server that answers on them.
public struct Gate: Sendable {
    package let accounts: Accounts
    package let tokens: AccessTokens
    let upstreamTokens: UpstreamTokens
    let door: Door
    let settings: GateSettings
    /// The origin that clients use; `nil` for a gate that listens on loopback alone.
    public let publicURL: Origin?
    let driver: any SQLDriver

    /// Opens the store, makes what a first start needs (signing key, master key file beside an SQLite database, the user `admin`).
    ///
    /// The user's password is `GATEHOUSE_ADMIN_PASSWORD` or random; a random one is shown once on a terminal, else written to `admin-password`
    /// beside the database.
    ///
    /// - Parameters:
    ///   - publicURL: such as `https://app.example.com`; `nil` means loopback alone, over plain HTTP.
    /// Throws `store_unavailable`, `store_too_new`, `master_key_missing`, `master_key_mismatch` or `configuration_invalid`, each with the
    /// remedy.
    public init(store driver: some SQLDriver, publicURL: String? = nil, settings: GateSettings = GateSettings()) async throws(GatehouseError) {
        try await self.init(store: driver, publicURL: publicURL, settings: settings, mode: .server)
    }

    /// - Parameter mode: `.readOnly` for a look at a store that servers use; nothing is made, and the gate cannot serve.
    package init(
        store driver: some SQLDriver, publicURL: String?, settings: GateSettings, mode: Accounts.OpenMode
    ) async throws(GatehouseError) {
        try settings.check()
        let url = try Self.origin(publicURL)
        let notice = AdministratorNotice(databasePath: driver.filePath, logger: settings.logger)
        var settings = settings
        let audit = AuditLimit(before: notice.sink(before: settings.audit ?? .logging(to: settings.logger))).sink.namingRequests()
        settings.audit = audit
        let (accounts, _) = try await Self.openAccounts(store: driver, settings: settings, mode: mode)
        self.accounts = accounts
        if mode == .server {
            _ = try await accounts.firstAdministrator.ensure(password: settings.chosenAdministratorPassword) { password throws(GatehouseError) in
                try notice.tell(password)
            }
            notice.watch(try await accounts.users.find(name: FirstAdministrator.username, in: .everyTenant)?.id)
        }
        let issuer = settings.issuer ?? url?.description ?? "urn:gatehouse:local"
        tokens = try AccessTokens(
            keys: try accounts.signingKeys.ring, issuerName: issuer, base: url?.description ?? "urn:gatehouse:local", settings: settings)
        upstreamTokens = UpstreamTokens(tokens: tokens, clock: settings.clock)
        accounts.signingKeys.follow { [tokens, upstreamTokens] keys in
            if tokens.reload(keys) { upstreamTokens.removeAll() }
        }
        let tenants = try TenantRules(settings.tenancy, publicURL: url)
        let ours = Ours(publicURL: url, tenantHosts: Set(tenants.hosts.keys))
        door = Door(
            reader: RequestReader(ours: ours, trustedProxies: settings.trustedProxies, requestIDs: RequestIDs(random: settings.random)),
            credentials: CredentialReader(
                cookie: SessionCookie(isSecure: url?.scheme == .https), acceptsBasic: settings.acceptsBasic, proxyHeader: settings.proxyHeader,
                custom: settings.credential),
            tenants: tenants, csrf: CSRF(ours: ours, key: accounts.derive(label: "csrf")),
            authenticator: try Authenticator(accounts: accounts, tokens: tokens, settings: settings), apiMount: settings.apiMount, audit: audit,
            clock: settings.clock, hasTLS: url?.scheme == .https)
        self.settings = settings
        self.driver = driver
        self.publicURL = url
    }

    /// The accounts in a store and the key that seals it, without a gate before them; throws as `init` does.
    ///
    /// - Parameter makesKeys: `false` for a tool beside the servers, which leaves their signing keys as they are.
    package static func openAccounts(
        store driver: some SQLDriver, settings: GateSettings, makesKeys: Bool
    ) async throws(GatehouseError) -> (accounts: Accounts, masterKey: MasterKey) {
        try await openAccounts(store: driver, settings: settings, mode: makesKeys ? .server : .tool)
    }

    /// - Parameter mode: what may be changed in the store; nothing with `.readOnly`.
    package static func openAccounts(
        store driver: some SQLDriver, settings: GateSettings, mode: Accounts.OpenMode = .server
    ) async throws(GatehouseError) -> (accounts: Accounts, masterKey: MasterKey) {
        let keyFile = driver.filePath.map { $0 + ".key" }
        let hasSealedRows = try await Accounts.hasSealedRows(in: driver, mode: mode)
        let masterKey = try settings.masterKey.load(
            environment: ProcessInfo.processInfo.environment, keyFile: keyFile, isServer: driver.dialect == .postgres,
            hasSealedRows: hasSealedRows || mode == .readOnly, random: settings.random, logger: settings.logger)
        let accounts = try await Accounts.open(
            driver: driver, masterKey: masterKey, settings: settings.accounts, mode: mode, clock: settings.clock, random: settings.random,
            audit: settings.audit ?? .logging(to: settings.logger),
            reloadMasterKey: { [source = settings.masterKey] () throws(GatehouseError) in try source.reload(keyFile: keyFile) },
            onTrouble: { [logger = settings.logger] in $0.log(to: logger) })
        return (accounts, masterKey)
    }

    /// An origin and nothing else; plain HTTP only on loopback.
    private static func origin(_ text: String?) throws(GatehouseError) -> Origin? {
        guard let text else { return nil }
        guard let origin = Origin(text.hasSuffix("/") ? String(text.dropLast()) : text), origin.scheme == .https || origin.host.isLoopback else {
            throw GatehouseError(
                .publicURLRequired, "“\(text.prefix(128))” cannot be the public URL: write an origin such as https://app.example.com, without a path."
            )
        }
        return origin
    }

    package var apiMount: String { settings.apiMount }

    /// A router with the gate's own routes on it; add yours to its groups.
    public func router<Context: IdentityRequestContext>(context: Context.Type = BasicIdentityContext.self) -> GateRouter<Context> {
        let router = GateRouter<Context>(gate: self)
        SignInRoutes(gate: self).add(to: router)
        TokenRoute(gate: self).add(to: router)
        MeRoute(gate: self).add(to: router)
        APIKeyRoutes(gate: self).add(to: router)
        StateRoutes(gate: self).add(to: router)
        router.reserve(RouterPath(apiMount))
        router.reserve(".well-known")
        return router
    }

    /// Whether the store answers.
    func isStoreReachable() async -> Bool { (try? await driver.changeCounter()) != nil }

    /// The session that a cookie of ours in `headers` names; `nil` where there is none that is alive.
    package func sessionID(ofCookieIn headers: HTTPFields) async throws(GatehouseError) -> String? {
        guard let secret = try door.cookie.read(headers) else { return nil }
        return try await accounts.sessions.find(cookieSecret: secret)?.id
    }
}
