import GatehouseCore
package import HTTPTypes
import Hummingbird
import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension HTTPField.Name {
    package static let requestID = HTTPField.Name("X-Request-ID")!
    static let gatehouseError = HTTPField.Name("Gatehouse-Error")!
}

/// Errors as clients see them: code, fixed sentence and request id, as problem details (RFC 9457) or as a small page.
enum ErrorResponse {
    private struct Problem: Encodable {
        struct Field: Encodable {
            let field: String
            let code: String
            let message: String
        }
        let type = "about:blank"
        let title: String
        let status: Int
        let code: String
        let detail: String
        let request_id: String
        let errors: [Field]?
    }

    private struct OAuthProblem: Encodable {
        let error: String
        let error_description: String
        let code: String
        let request_id: String
    }

    /// The answer to `error`; HTML where `page` is set, problem details otherwise.
    ///
    /// - Parameter challengesBasic: a 401 may ask for a name and a password (RFC 7617).
    static func make(_ error: GatehouseError, requestID: String, page: Bool, challengesBasic: Bool = false) -> Response {
        let status = error.status
        var headers = fields(for: error)
        if challengesBasic, status == .unauthorized {
            headers.append(HTTPField(name: .wwwAuthenticate, value: "Basic realm=\"gatehouse\", charset=\"UTF-8\""))
        }
        let body: ByteBuffer
        if page {
            headers[.contentType] = "text/html; charset=utf-8"
            headers[.contentSecurityPolicy] =
                "default-src 'none'; style-src '\(styleHash)'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            body = ByteBuffer(string: html(error.code, status, requestID))
        } else {
            headers[.contentType] = "application/problem+json"
            let shown = error.fields.map { Problem.Field(field: $0.field, code: $0.code, message: $0.message) }
            body = json(
                Problem(
                    title: status.reasonPhrase, status: status.code, code: "\(error.code)", detail: error.code.sentence, request_id: requestID,
                    errors: shown.isEmpty ? nil : shown))
        }
        return Response(status: status, headers: headers, body: .init(byteBuffer: body))
    }

    /// The answer of a token endpoint (RFC 6749 section 5.2).
    static func makeOAuth(_ error: GatehouseError, requestID: String) -> Response {
        var headers = fields(for: error)
        headers[.contentType] = "application/json"
        headers[.cacheControl] = "no-store"
        let name = oauthName(error.code)
        let status = name == "invalid_grant" ? HTTPResponse.Status.badRequest : error.status
        let problem = OAuthProblem(
            error: name, error_description: error.code.sentence, code: "\(error.code)", request_id: requestID)
        if status == .badRequest { headers[.wwwAuthenticate] = nil }
        return Response(status: status, headers: headers, body: .init(byteBuffer: json(problem)))
    }

    private static func oauthName(_ code: GatehouseError.Code) -> String {
        switch code {
        case .invalidGrant, .invalidCredentials, .passwordChangeRequired, .passwordRejected, .invalidToken, .forbidden: "invalid_grant"
        case .unsupportedGrantType: "unsupported_grant_type"
        case .tooManyAttempts, .serverBusy, .storeUnavailable, .keysUnavailable, .shuttingDown: "temporarily_unavailable"
        case .internalError: "server_error"
        default: "invalid_request"
        }
    }

    private static func fields(for error: GatehouseError) -> HTTPFields {
        var headers: HTTPFields = [.cacheControl: "no-store"]
        switch error.code {
        case .signInRequired, .invalidCredentials: headers[.wwwAuthenticate] = "Bearer"
        case .invalidToken: headers[.wwwAuthenticate] = "Bearer error=\"invalid_token\""
        case .insufficientScope:
            let scopes = error.requiredScopes.map(\.rawValue).joined(separator: " ")
            headers[.wwwAuthenticate] = "Bearer error=\"insufficient_scope\", scope=\"\(scopes)\""
        case .malformedCredential, .severalCredentials: headers[.wwwAuthenticate] = "Bearer error=\"invalid_request\""
        default: break
        }
        // Whoever is told that keys cannot be had is told when to ask again.
        let wait = error.retryAfter ?? (error.code == .keysUnavailable ? .seconds(5) : nil)
        if let wait { headers[.retryAfter] = "\(max(1, wait.secondsRoundedUp))" }
        if error.code.blamesUpstream { headers[.gatehouseError] = "upstream" }
        for field in error.ownFields where !headers.contains(field.name) || field.name == .setCookie { headers.append(field) }
        return headers
    }

    private static func json(_ value: some Encodable) -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return ByteBuffer(bytes: (try? encoder.encode(value)) ?? Data())
    }

    private static let style =
        "body{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem;color:#1c2430}code{color:#5a6575}"
    /// The SHA-256 of `style`: the only style that the policy allows.
    private static let styleHash = "sha256-aqmyn/aHuV0N9MQropyo9LIerx4rTn3Re8gpvKpdJjY="

    /// Nothing in here comes from the client: status, code and sentence are ours and the request id was validated.
    private static func html(_ code: GatehouseError.Code, _ status: HTTPResponse.Status, _ requestID: String) -> String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <title>\(status.code) \(status.reasonPhrase)</title>
        <style>\(style)</style>
        </head><body><main><h1>\(status.reasonPhrase)</h1><p>\(code.sentence)</p>
        <p><code>\(code) · \(requestID)</code></p></main></body></html>
        """
    }
}
