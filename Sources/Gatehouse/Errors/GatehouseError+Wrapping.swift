import GatehouseCore
import Hummingbird

extension GatehouseError {
    /// Any error as one of ours: a handler's HTTP error keeps its meaning, everything else is `internal_error`.
    init(wrapping error: any Error) {
        switch error {
        case let error as GatehouseError: self = error
        // The client went away, or the time to drain is over: either way nobody is at fault.
        case is CancellationError: self.init(.shuttingDown, "The request was given up: the client went away or the server stops.")
        case let error as any HTTPResponseError: self.init(Self.code(for: error.status.code), "A handler answered \(error.status).", cause: error)
        default: self.init(.internalError, "A handler failed: \(type(of: error)).", cause: error)
        }
    }

    private static func code(for status: Int) -> Code {
        switch status {
        case 401: .signInRequired
        case 403: .forbidden
        case 404: .notFound
        case 405: .methodNotAllowed
        case 409: .conflict
        case 413: .requestTooLarge
        case 415: .unsupportedMediaType
        case 422: .validationFailed
        case 429: .tooManyAttempts
        case 431: .headersTooLarge
        case 400..<500: .malformedRequest
        case 502: .upstreamUnavailable
        case 503: .serverBusy
        case 504: .upstreamTimeout
        default: .internalError
        }
    }
}
