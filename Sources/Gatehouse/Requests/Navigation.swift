import GatehouseCore
import HTTPTypes

/// What a browser's headers say about why it asks.
enum Navigation {
    /// Whether a person follows a link or opens a page, so that a redirect to sign-in makes sense.
    static func isNavigation(_ head: HTTPRequest) -> Bool {
        guard head.method == .get, wantsHTML(head) else { return false }
        guard let mode = head.headerFields[.secFetchMode] else { return true }
        return mode == "navigate" && (head.headerFields[.secFetchDest] ?? "document") == "document"
    }

    /// Whether `Accept` names HTML.
    static func wantsHTML(_ head: HTTPRequest) -> Bool {
        head.headerFields[.accept]?.contains("text/html") ?? false
    }
}

extension HTTPField.Name {
    static let secFetchMode = HTTPField.Name("Sec-Fetch-Mode")!
    static let secFetchDest = HTTPField.Name("Sec-Fetch-Dest")!
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
    static let csrfToken = HTTPField.Name("X-CSRF-Token")!
    static let apiKey = HTTPField.Name("X-API-Key")!
}
