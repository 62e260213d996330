import GatehouseCore
import HTTPTypes

extension GatehouseError.Code {
    /// The status that a client sees for this code.
    var status: HTTPResponse.Status {
        switch self {
        case .malformedRequest, .ambiguousPath, .malformedCredential, .severalCredentials, .invalidGrant, .unsupportedGrantType: .badRequest
        case .signInRequired, .invalidToken, .invalidCredentials: .unauthorized
        case .forbidden, .insufficientScope, .reauthenticationRequired, .csrfFailed, .originRefused, .serviceWorkerRefused,
            .passwordChangeRequired:
            .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .conflict: .conflict
        case .requestTooLarge: .contentTooLarge
        case .unsupportedMediaType: .unsupportedMediaType
        case .misdirectedRequest: .misdirectedRequest
        case .validationFailed, .passwordRejected: .unprocessableContent
        case .tooManyAttempts: .tooManyRequests
        case .headersTooLarge: .init(code: 431, reasonPhrase: "Request Header Fields Too Large")
        case .storeUnavailable, .storeTooNew, .migrationFailed, .keysUnavailable, .serverBusy, .shuttingDown: .serviceUnavailable
        case .upstreamUnavailable, .upstreamInvalid: .badGateway
        case .upstreamTimeout: .gatewayTimeout
        default: .internalServerError
        }
    }

    /// The fixed sentence that a client sees for this code; it says nothing of the cause.
    var sentence: String {
        switch self {
        case .malformedRequest: "The request is not well formed."
        case .ambiguousPath: "The path can be read in more than one way."
        case .malformedCredential: "The credential is not well formed."
        case .severalCredentials: "Send one credential, once."
        case .misdirectedRequest: "This host name is not one of this site's."
        case .notFound: "There is nothing here."
        case .methodNotAllowed: "This method is not available here."
        case .unsupportedMediaType: "The content type is not one that is accepted here."
        case .requestTooLarge: "The request is too large."
        case .headersTooLarge: "The header fields are too large."
        case .validationFailed: "Some of the fields are not acceptable."
        case .conflict: "This is at odds with what is already there."
        case .signInRequired: "Sign in first."
        case .invalidToken: "The token is not valid."
        case .invalidCredentials: "The name or the password is wrong."
        case .invalidGrant: "The grant is not valid."
        case .unsupportedGrantType: "This grant type is not available."
        case .passwordChangeRequired: "Choose a new password first."
        case .passwordRejected: "The new password is not acceptable."
        case .tooManyAttempts: "Too many attempts; try again later."
        case .forbidden: "You may not do this."
        case .insufficientScope: "The credential's scopes do not cover this."
        case .reauthenticationRequired: "Sign in again to do this."
        case .csrfFailed: "The request does not prove that it comes from this site."
        case .originRefused: "Requests from this origin are not accepted."
        case .serviceWorkerRefused: "Service workers are not accepted here."
        case .serverBusy: "The server is busy; try again shortly."
        case .shuttingDown: "The server is stopping; try again shortly."
        case .storeUnavailable, .storeTooNew, .migrationFailed, .keysUnavailable: "The service is not available right now."
        case .upstreamUnavailable: "The application behind this gateway cannot be reached."
        case .upstreamTimeout: "The application behind this gateway did not answer in time."
        case .upstreamInvalid: "The application behind this gateway gave an answer that cannot be passed on."
        default: "Something went wrong here."
        }
    }

    /// The failure lies with an upstream, not with us.
    var blamesUpstream: Bool { self == .upstreamUnavailable || self == .upstreamTimeout || self == .upstreamInvalid }
}
