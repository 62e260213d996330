import GatehouseCore
package import HTTPTypes
import Hummingbird
import NIOHTTP1

extension GatehouseError {
    /// Any error as one of ours: a handler's HTTP error keeps its status and meaning, everything else is `internal_error`.
    init(wrapping error: any Error) {
        switch error {
        case let error as GatehouseError: self = error
        // The client went away, or the time to drain is over: either way nobody is at fault.
        case is CancellationError: self.init(.shuttingDown, "The request was given up: the client went away or the server stops.")
        case let error as any HTTPResponseError: self.init(Self.code(for: error.status.code), "A handler answered \(error.status).", cause: error)
        default: self.init(.internalError, "A handler failed: \(type(of: error)).", cause: error)
        }
    }

    /// The status that a client sees: that of the code, or what a handler chose.
    package var status: HTTPResponse.Status {
        guard let cause = cause as? any HTTPResponseError, (400...599).contains(cause.status.code) else { return code.status }
        guard cause.status.reasonPhrase.isEmpty else { return cause.status }
        let phrase = HTTPResponseStatus(statusCode: cause.status.code).reasonPhrase
        return .init(code: cause.status.code, reasonPhrase: phrase.isEmpty ? code.status.reasonPhrase : phrase)
    }

    /// Whoever asks is not at fault, and may hear otherwise soon.
    var isOurs: Bool { code.status.code >= 500 }

    /// What a handler's HTTP error wants the client to read beside its status; nothing that describes a body, which is ours.
    var ownFields: [HTTPField] {
        guard let error = cause as? HTTPError else { return [] }
        return error.headers.filter { !$0.name.canonicalName.hasPrefix("content-") && $0.name != .transferEncoding && $0.name != .gatehouseError }
    }

    private static func code(for status: Int) -> Code {
        switch status {
        case 401: .signInRequired
        case 403: .forbidden
        case 404, 410: .notFound
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
