import GatehouseAccounts
import GatehouseCore
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// What stands before every route: who asks, whether the request came from where it says, and how refusals are told.
///
/// One object that every request shares: as a value it would be copied, reference by reference, with each call.
final class Door: Sendable {
    let reader: RequestReader
    let credentials: CredentialReader
    let tenants: TenantRules
    let csrf: CSRF
    let authenticator: Authenticator
    /// The path that the API lies under, such as `/api`.
    let apiMount: String
    let audit: AuditSink
    let clock: WallClock
    let hasTLS: Bool

    init(
        reader: RequestReader, credentials: CredentialReader, tenants: TenantRules, csrf: CSRF, authenticator: Authenticator, apiMount: String,
        audit: AuditSink, clock: WallClock, hasTLS: Bool
    ) {
        self.reader = reader
        self.credentials = credentials
        self.tenants = tenants
        self.csrf = csrf
        self.authenticator = authenticator
        self.apiMount = apiMount
        self.audit = audit
        self.clock = clock
        self.hasTLS = hasTLS
    }

    var cookie: SessionCookie { credentials.cookie }
    var sessions: Sessions { authenticator.accounts.sessions }
    var ours: Ours { reader.ours }

    func isAPI(_ path: CanonicalPath) -> Bool { path.raw == apiMount || path.raw.hasPrefix(apiMount + "/") }

    /// A private listener has the API and nothing else.
    ///
    /// - Parameter isOther: a page or an upstream would answer.
    func requireAPI(_ request: CanonicalRequest, isOther: Bool) throws(GatehouseError) {
        guard !isOther, isAPI(request.path) else {
            throw GatehouseError(.notFound, "This listener serves the API under \(apiMount) alone.")
        }
    }

    /// Finds out who asks as far as memory tells; answers with the credential that `identify` has to judge, or `nil` if all is known.
    ///
    /// An unacceptable credential is kept as the refusal that a guarded route will give. Throws `misdirected_request` for a cookie or a
    /// navigation under a host that is not ours, and every refusal where `isAhead` says that the request will come again.
    func identifyAtOnce(
        _ head: HTTPRequest, _ request: CanonicalRequest, _ identity: inout RequestIdentity, isPrivate: Bool, isAhead: Bool = false
    ) throws(GatehouseError) -> PresentedCredential? {
        var presented = PresentedCredential.none
        do throws(GatehouseError) {
            presented = try credentials.read(head.headerFields, request.route, isPrivate: isPrivate)
            if case .none = presented {
                if !isPrivate { try requireOurHost(head, request, identity.channel, hasCookie: false) }
                return nil
            }
            let named = try tenants.named(by: request, head.headerFields)
            if case .cookie = presented {
                try requireOurHost(head, request, identity.channel, hasCookie: true)
                // Only a plain look is let through without asking where it comes from.
                if head.isUpgrade || !request.isSafe { return presented }
            }
            guard let caller = try authenticator.known(presented, from: request.client, in: named) else { return presented }
            identity.caller = caller
        } catch  where error.isRefusal && !isAhead {
            try refuse(error, presented, head, request, &identity, isPrivate: isPrivate)
        }
        return nil
    }

    /// Finds out who asks with the help of the store, an issuer or the application.
    func identify(
        _ presented: PresentedCredential, _ head: HTTPRequest, _ request: CanonicalRequest, _ identity: inout RequestIdentity, isAPI: Bool,
        isPrivate: Bool
    ) async throws(GatehouseError) {
        do throws(GatehouseError) {
            identity.caller = try await caller(presented, head, request, identity.channel, isAPI: isAPI)
        } catch  where error.isRefusal {
            try refuse(error, presented, head, request, &identity, isPrivate: isPrivate)
        }
    }

    private func refuse(
        _ error: GatehouseError, _ presented: PresentedCredential, _ head: HTTPRequest, _ request: CanonicalRequest,
        _ identity: inout RequestIdentity, isPrivate: Bool
    ) throws(GatehouseError) {
        identity.refusal = error
        auditRefusal(error, of: presented, request)
        // A cookie that cannot be read, such as one sent twice, is a cookie all the same.
        if isPrivate || credentials.hasHeaderCredential(head.headerFields) { return }
        try requireOurHost(head, request, identity.channel, hasCookie: true)
    }

    /// Whom a credential stands for; `nil` for nobody. Throws why it is not accepted.
    ///
    /// - Parameter channel: what the request came in on; `nil` for one that is only explained.
    func caller(
        _ presented: PresentedCredential, _ head: HTTPRequest, _ request: CanonicalRequest, _ channel: (any Channel)?, isAPI: Bool
    ) async throws(GatehouseError) -> Caller? {
        let named = try tenants.named(by: request, head.headerFields)
        switch presented {
        case .none: return nil
        case .bearer(let text): return try await authenticator.caller(bearer: text, request, in: named)
        case .apiKey(let text): return try await authenticator.caller(apiKey: text, request, in: named)
        case .basic(let basic):
            try requireOwnSite(head, request, channel)
            return try await authenticator.caller(basic: basic, request, in: named)
        case .proxy(let subject):
            try requireOurHost(head, request, channel, hasCookie: true)
            try requireOwnSite(head, request, channel)
            return try await authenticator.caller(proxySubject: subject, in: named)
        case .custom:
            if let caller = try await authenticator.caller(custom: request, head.headerFields, in: named) {
                try requireOwnSite(head, request, channel)
                return caller
            }
            let cookie = try credentials.readCookie(head.headerFields)
            guard case .cookie = cookie else {
                try requireOurHost(head, request, channel, hasCookie: false)
                return nil
            }
            return try await self.caller(cookie, head, request, channel, isAPI: isAPI)
        case .cookie(let secret):
            try requireOurHost(head, request, channel, hasCookie: true)
            return try await caller(cookie: secret, head, request, channel, in: named, isAPI: isAPI)
        }
    }

    private func caller(
        cookie secret: String, _ head: HTTPRequest, _ request: CanonicalRequest, _ channel: (any Channel)?, in named: Tenant.ID?, isAPI: Bool
    ) async throws(GatehouseError) -> Caller? {
        let port = channel?.localAddress?.port
        if head.isUpgrade { try csrf.checkHandshake(head.headerFields, host: request.host, port: port) }
        if !request.isSafe { try csrf.checkOrigin(head.headerFields, host: request.host, port: port) }
        guard let caller = try await authenticator.caller(cookie: secret, in: named) else { return nil }
        if isAPI, !request.isSafe, let session = caller.session {
            try csrf.check(head.headerFields[.csrfToken], session: session.id)
        }
        return caller
    }

    /// Throws `csrf_failed` for what another site's page sent.
    func requireOwnOrigin(_ fields: HTTPFields, _ identity: RequestIdentity) throws(GatehouseError) {
        guard let host = identity.request?.host else { throw GatehouseError(.csrfFailed, "The request has not been read.") }
        try csrf.checkOrigin(fields, host: host, port: identity.channel.localAddress?.port)
    }

    /// What a browser sends of its own accord must not come from another site; what has neither `Origin` nor `Sec-Fetch-Site` is no browser.
    func requireOwnSite(_ head: HTTPRequest, _ request: CanonicalRequest, _ channel: (any Channel)?) throws(GatehouseError) {
        let fields = head.headerFields
        guard head.isUpgrade || !request.isSafe, fields.contains(.origin) || fields.contains(.secFetchSite) else { return }
        try csrf.checkOrigin(fields, host: request.host, port: channel?.localAddress?.port)
    }

    /// Throws `misdirected_request` for what only a browser that went to the wrong place would send.
    func requireOurHost(
        _ head: HTTPRequest, _ request: CanonicalRequest, _ channel: (any Channel)?, hasCookie: Bool
    ) throws(GatehouseError) {
        guard hasCookie || Navigation.isNavigation(head) else { return }
        guard ours.contains(request.host, port: channel?.localAddress?.port) else {
            throw GatehouseError(.misdirectedRequest, "The request was addressed to \(request.host). \(ours.remedy)")
        }
    }
}

extension HTTPRequest {
    /// The client asks for another protocol, such as a WebSocket.
    var isUpgrade: Bool { headerFields.contains(.upgrade) }
}

extension GatehouseError {
    fileprivate var isRefusal: Bool { code != .misdirectedRequest && code.isRefusalOfCredential }
}

extension GatehouseError.Code {
    /// The credential cannot be accepted, be it its own fault or that of what has to say so; on an open route it counts as none.
    var isRefusalOfCredential: Bool {
        switch self {
        case .invalidToken, .malformedCredential, .severalCredentials, .csrfFailed, .originRefused, .invalidCredentials, .signInRequired, .forbidden,
            .tooManyAttempts, .passwordChangeRequired, .serverBusy, .keysUnavailable:
            true
        default: false
        }
    }
}
