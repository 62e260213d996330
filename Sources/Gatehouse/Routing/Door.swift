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
    let cookie: SessionCookie
    let csrf: CSRF
    let authenticator: Authenticator
    let sessions: Sessions
    /// The path that the API lies under, such as `/api`.
    let apiMount: String
    let clock: WallClock
    let hasTLS: Bool

    init(
        reader: RequestReader, cookie: SessionCookie, csrf: CSRF, authenticator: Authenticator, sessions: Sessions, apiMount: String,
        clock: WallClock, hasTLS: Bool
    ) {
        self.reader = reader
        self.cookie = cookie
        self.csrf = csrf
        self.authenticator = authenticator
        self.sessions = sessions
        self.apiMount = apiMount
        self.clock = clock
        self.hasTLS = hasTLS
    }

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

    /// Finds out who asks; an unacceptable credential is kept as the refusal that a guarded route will give.
    ///
    /// Throws `misdirected_request` for a cookie or a navigation under a host that is not ours.
    func identify(
        _ head: HTTPRequest, _ request: CanonicalRequest, _ identity: inout RequestIdentity, isAPI: Bool, isPrivate: Bool
    ) async throws(GatehouseError) {
        do throws(GatehouseError) {
            switch try PresentedCredential.find(in: head.headerFields, cookie: cookie) {
            case .none: if !isPrivate { try requireOurHost(head, request, identity, hasCookie: false) }
            case .bearer(let token): identity.caller = try await authenticator.caller(bearer: token)
            case .cookie(let secret):
                try requireOurHost(head, request, identity, hasCookie: true)
                try await identify(cookie: secret, head, request, &identity, isAPI: isAPI)
            }
        } catch  where error.code != .misdirectedRequest && error.code.isRefusalOfCredential {
            identity.refusal = error
            // A cookie that cannot be read, such as one sent twice, is a cookie all the same.
            if isPrivate || head.headerFields.contains(.authorization) || head.headerFields.contains(.apiKey) { return }
            try requireOurHost(head, request, identity, hasCookie: true)
        }
    }

    private func identify(
        cookie secret: String, _ head: HTTPRequest, _ request: CanonicalRequest, _ identity: inout RequestIdentity, isAPI: Bool
    ) async throws(GatehouseError) {
        let port = identity.channel.localAddress?.port
        if head.isUpgrade { try csrf.checkHandshake(head.headerFields, port: port) }
        if !request.isSafe { try csrf.checkOrigin(head.headerFields, port: port) }
        guard let caller = try await authenticator.caller(cookie: secret) else { return }
        if isAPI, !request.isSafe, let session = caller.session {
            try csrf.check(head.headerFields[.csrfToken], session: session.id)
        }
        identity.caller = caller
    }

    private func requireOurHost(
        _ head: HTTPRequest, _ request: CanonicalRequest, _ identity: RequestIdentity, hasCookie: Bool
    ) throws(GatehouseError) {
        guard hasCookie || Navigation.isNavigation(head) else { return }
        guard ours.contains(request.host, port: identity.channel.localAddress?.port) else {
            throw GatehouseError(.misdirectedRequest, "The request was addressed to \(request.host). \(ours.remedy)")
        }
    }
}

extension HTTPRequest {
    /// The client asks for another protocol, such as a WebSocket.
    var isUpgrade: Bool { headerFields.contains(.upgrade) }
}

extension GatehouseError.Code {
    /// The credential is at fault, not the request or the server.
    var isRefusalOfCredential: Bool {
        switch self {
        case .invalidToken, .malformedCredential, .severalCredentials, .csrfFailed, .originRefused, .invalidCredentials: true
        default: false
        }
    }
}
