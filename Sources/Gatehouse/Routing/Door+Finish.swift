import GatehouseAccounts
import GatehouseCore
import HTTPTypes
import Hummingbird
import Logging

extension Door {
    /// Whether activity of the caller, or a use of its key, is to be written now; says so to one request a minute.
    func claimsActivity(_ identity: RequestIdentity) -> Bool {
        guard let caller = identity.caller else { return false }
        if let key = caller.apiKey { return authenticator.accounts.apiKeys.claimUse(key) }
        guard caller.isActivity, let session = caller.session else { return false }
        return authenticator.accounts.sessions.claimTouch(session)
    }

    /// Whether `claimsActivity` would say yes; claims nothing.
    func hasActivityDue(_ identity: RequestIdentity) -> Bool {
        guard let caller = identity.caller else { return false }
        if let key = caller.apiKey { return authenticator.accounts.apiKeys.isUseDue(key) }
        guard caller.isActivity, let session = caller.session else { return false }
        return authenticator.accounts.sessions.isTouchDue(session)
    }

    /// Keeps the caller's session from idling out, or notes that its key was used, after `claimsActivity` said so.
    func noteActivity(_ identity: RequestIdentity, _ logger: Logger) async throws(GatehouseError) {
        guard let caller = identity.caller else { return }
        if let key = caller.apiKey { return await noteUse(of: key, logger) }
        if let session = caller.session { try await sessions.touch(session) }
    }

    /// Nothing depends on it, so a store that cannot write just now keeps nobody out.
    private func noteUse(of key: LiveAPIKey, _ logger: Logger) async {
        do throws(GatehouseError) {
            try await authenticator.accounts.apiKeys.noteUse(key)
        } catch {
            logger.warning("The use of an API key could not be written: \(error)")
        }
    }

    /// The session whose cookie is due for a new secret.
    func dueForRotation(_ identity: RequestIdentity) -> LiveSession? {
        guard let caller = identity.caller, caller.usesCookie, let session = caller.session, session.needsRotation else { return nil }
        return session
    }

    /// Gives the cookie a new secret; the next response tries again where that fails.
    func rotateCookie(of session: LiveSession, _ head: HTTPRequest, _ response: Response, _ logger: Logger) async -> Response {
        var response = response
        do throws(GatehouseError) {
            try await rotate(session, head, &response)
        } catch {
            logger.warning("A session's cookie could not be renewed: \(error)")
        }
        return response
    }

    /// The id that every response carries, and what every one of ours does.
    func finish(_ response: inout Response, kind: Endpoint.Kind, id: String, isHead: Bool) {
        response.headers.put(HTTPField(name: .requestID, value: id))
        if case .upstream = kind { return }
        if isHead { response = response.createHeadResponse() }
        dress(&response.headers)
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
        response.headers.put(HTTPField(name: .requestID, value: id))
        dress(&response.headers)
        return response
    }

    private func dress(_ headers: inout HTTPFields) {
        headers.put(.nosniff)
        if !headers.contains(.cacheControl) { headers.append(.noStore) }
        if hasTLS { headers.put(.strictTransport) }
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

extension HTTPFields {
    /// Sets a field that is made already.
    fileprivate mutating func put(_ field: HTTPField) {
        var (count, isOther) = (0, false)
        for own in self where own.name == field.name {
            count += 1
            isOther = isOther || own.value != field.value
        }
        if count == 0 { append(field) } else if count > 1 || isOther { self[fields: field.name] = [field] }
    }
}

extension HTTPField.Name {
    static let xContentTypeOptions = HTTPField.Name("X-Content-Type-Options")!
}

/// Fields of nearly every response, made and checked once.
extension HTTPField {
    static let json = HTTPField(name: .contentType, value: "application/json")
    static let noStore = HTTPField(name: .cacheControl, value: "no-store")
    static let nosniff = HTTPField(name: .xContentTypeOptions, value: "nosniff")
    static let strictTransport = HTTPField(name: .strictTransportSecurity, value: "max-age=31536000")
}
