import GatehouseAccounts
import GatehouseCore
import HTTPTypes
import Hummingbird
import Logging

extension Door {
    /// Keeps the caller's session from idling out, and notes that its key was used, each at most once a minute.
    func noteActivity(_ identity: RequestIdentity, _ logger: Logger) async throws(GatehouseError) {
        guard let caller = identity.caller else { return }
        if let key = caller.apiKey { return await noteUse(of: key, identity, logger) }
        guard caller.isActivity, let session = caller.session, sessions.claimTouch(session) else { return }
        try await sessions.touch(session)
    }

    /// Nothing depends on it, so a store that cannot write just now keeps nobody out.
    private func noteUse(of key: LiveAPIKey, _ identity: RequestIdentity, _ logger: Logger) async {
        let keys = authenticator.accounts.apiKeys
        guard keys.claimUse(key) else { return }
        do throws(GatehouseError) {
            try await keys.noteUse(key)
        } catch {
            logger.warning("The use of an API key could not be written: \(error)")
        }
    }

    /// What every response of ours carries, and the new cookie secret where one is due.
    func finished<Context>(
        _ response: Response, kind: Endpoint<Context>.Kind, _ head: HTTPRequest, _ identity: RequestIdentity, _ logger: Logger
    ) async -> Response {
        var response = response
        if let caller = identity.caller, caller.usesCookie, let session = caller.session, session.needsRotation {
            do throws(GatehouseError) {
                try await rotate(session, head, &response)
            } catch {
                // The next response tries again.
                logger.warning("A session's cookie could not be renewed: \(error)")
            }
        }
        if case .upstream = kind { return response }
        if head.method == .head { response = response.createHeadResponse() }
        dress(&response.headers)
        return response
    }

    /// Somebody changed the person's roles: the cookie gets another secret.
    private func rotate(_ session: LiveSession, _ head: HTTPRequest, _ response: inout Response) async throws(GatehouseError) {
        guard let presented = try cookie.read(head.headerFields),
            let secret = try await sessions.rotate(session, cookieSecret: presented)
        else { return }
        response.headers.append(HTTPField(name: .setCookie, value: cookie.set(secret)))
        // Whatever an upstream said of this response, nobody else may get it now.
        response.headers[.cacheControl] = "no-store"
        for name in ["Expires", "Surrogate-Control", "CDN-Cache-Control"] { HTTPField.Name(name).map { response.headers[$0] = nil } }
    }

    /// An error response with everything that it needs.
    func dressed(_ response: Response, id: String, isHead: Bool) -> Response {
        var response = isHead ? response.createHeadResponse() : response
        response.headers[.requestID] = id
        dress(&response.headers)
        return response
    }

    private func dress(_ headers: inout HTTPFields) {
        headers[.xContentTypeOptions] = "nosniff"
        if !headers.contains(.cacheControl) { headers[.cacheControl] = "no-store" }
        if hasTLS { headers[.strictTransportSecurity] = "max-age=31536000" }
    }

    /// The tenant that a request belongs to, for the record: the caller's, else the host's.
    func tenant(of identity: RequestIdentity) -> Tenant.ID {
        identity.principal?.tenant ?? identity.request.flatMap { tenants.hosts[$0.host] } ?? .default
    }

    /// One line for each refusal, with code and request id; the path without its query.
    func log(_ error: GatehouseError, status: HTTPResponse.Status, _ head: HTTPRequest, _ identity: RequestIdentity, _ logger: Logger) {
        var metadata: Logger.Metadata = [
            "gate.code": "\(error.code)", "gate.status": "\(status.code)", "gate.method": "\(head.method.rawValue.prefix(32))",
        ]
        if let request = identity.request { metadata["gate.path"] = "\(request.path.raw.prefix(256))" }
        if let client = identity.request?.client { metadata["gate.client"] = "\(client)" }
        if let principal = identity.principal { metadata["gate.principal"] = "\(principal.authProvider):\(principal.id)" }
        metadata["gate.tenant"] = "\(tenant(of: identity))"
        if let cause = error.cause, status.code >= 500 { metadata["gate.cause"] = "\(cause)" }
        logger.log(level: status.code >= 500 && error.code != .shuttingDown ? .error : .info, "\(error.message)", metadata: metadata)
    }
}

extension HTTPField.Name {
    static let xContentTypeOptions = HTTPField.Name("X-Content-Type-Options")!
}
