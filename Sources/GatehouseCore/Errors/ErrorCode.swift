extension GatehouseError {
    /// A stable name of a failure, such as `invalid_token`; `docs/errors.md` has an entry for each.
    public struct Code: Sendable, Hashable, CustomStringConvertible, CaseIterable {
        private enum Value: String, CaseIterable {
            // The request
            case malformedRequest = "malformed_request"
            case ambiguousPath = "ambiguous_path"
            case malformedCredential = "malformed_credential"
            case severalCredentials = "several_credentials"
            case misdirectedRequest = "misdirected_request"
            case notFound = "not_found"
            case methodNotAllowed = "method_not_allowed"
            case unsupportedMediaType = "unsupported_media_type"
            case requestTooLarge = "request_too_large"
            case headersTooLarge = "headers_too_large"
            case validationFailed = "validation_failed"
            case conflict
            // Who is asking
            case signInRequired = "sign_in_required"
            case invalidToken = "invalid_token"
            case invalidCredentials = "invalid_credentials"
            case invalidGrant = "invalid_grant"
            case unsupportedGrantType = "unsupported_grant_type"
            case passwordChangeRequired = "password_change_required"
            case passwordRejected = "password_rejected"
            case tooManyAttempts = "too_many_attempts"
            // What they may do
            case forbidden
            case insufficientScope = "insufficient_scope"
            case reauthenticationRequired = "reauthentication_required"
            case csrfFailed = "csrf_failed"
            case originRefused = "origin_refused"
            case serviceWorkerRefused = "service_worker_refused"
            // What we depend on
            case storeUnavailable = "store_unavailable"
            case storeTooNew = "store_too_new"
            case migrationFailed = "migration_failed"
            case keysUnavailable = "keys_unavailable"
            case serverBusy = "server_busy"
            case shuttingDown = "shutting_down"
            case upstreamUnavailable = "upstream_unavailable"
            case upstreamTimeout = "upstream_timeout"
            case upstreamInvalid = "upstream_invalid"
            // Set-up
            case configurationInvalid = "configuration_invalid"
            case invalidKey = "invalid_key"
            case masterKeyMissing = "master_key_missing"
            case masterKeyMismatch = "master_key_mismatch"
            case routeUnguarded = "route_unguarded"
            case publicURLRequired = "public_url_required"
            case uiFailed = "ui_failed"
            // Ours
            case internalError = "internal_error"
        }

        private let value: Value

        private init(_ value: Value) { self.value = value }

        /// The code that `name` stands for; `nil` for a name that is none.
        public init?(name: String) {
            guard let value = Value(rawValue: name) else { return nil }
            self.value = value
        }

        public var description: String { value.rawValue }

        public static var allCases: [Code] { Value.allCases.map(Code.init) }

        public static let malformedRequest = Code(.malformedRequest)
        public static let ambiguousPath = Code(.ambiguousPath)
        public static let malformedCredential = Code(.malformedCredential)
        public static let severalCredentials = Code(.severalCredentials)
        public static let misdirectedRequest = Code(.misdirectedRequest)
        public static let notFound = Code(.notFound)
        public static let methodNotAllowed = Code(.methodNotAllowed)
        public static let unsupportedMediaType = Code(.unsupportedMediaType)
        public static let requestTooLarge = Code(.requestTooLarge)
        public static let headersTooLarge = Code(.headersTooLarge)
        public static let validationFailed = Code(.validationFailed)
        public static let conflict = Code(.conflict)
        public static let signInRequired = Code(.signInRequired)
        public static let invalidToken = Code(.invalidToken)
        public static let invalidCredentials = Code(.invalidCredentials)
        public static let invalidGrant = Code(.invalidGrant)
        public static let unsupportedGrantType = Code(.unsupportedGrantType)
        public static let passwordChangeRequired = Code(.passwordChangeRequired)
        public static let passwordRejected = Code(.passwordRejected)
        public static let tooManyAttempts = Code(.tooManyAttempts)
        public static let forbidden = Code(.forbidden)
        public static let insufficientScope = Code(.insufficientScope)
        public static let reauthenticationRequired = Code(.reauthenticationRequired)
        public static let csrfFailed = Code(.csrfFailed)
        public static let originRefused = Code(.originRefused)
        public static let serviceWorkerRefused = Code(.serviceWorkerRefused)
        public static let storeUnavailable = Code(.storeUnavailable)
        public static let storeTooNew = Code(.storeTooNew)
        public static let migrationFailed = Code(.migrationFailed)
        public static let keysUnavailable = Code(.keysUnavailable)
        public static let serverBusy = Code(.serverBusy)
        public static let shuttingDown = Code(.shuttingDown)
        public static let upstreamUnavailable = Code(.upstreamUnavailable)
        public static let upstreamTimeout = Code(.upstreamTimeout)
        public static let upstreamInvalid = Code(.upstreamInvalid)
        public static let configurationInvalid = Code(.configurationInvalid)
        public static let invalidKey = Code(.invalidKey)
        public static let masterKeyMissing = Code(.masterKeyMissing)
        public static let masterKeyMismatch = Code(.masterKeyMismatch)
        public static let routeUnguarded = Code(.routeUnguarded)
        public static let publicURLRequired = Code(.publicURLRequired)
        public static let uiFailed = Code(.uiFailed)
        public static let internalError = Code(.internalError)
    }
}
