import HTTPTypes

/// One request and its response on an HTTP/1 connection.
struct Exchange {
    enum Response {
        case awaited
        case started(ResponseFraming)
    }

    let isHead: Bool
    let isHTTP10: Bool
    let asksForUpgrade: Bool
    /// The client waits for `100 Continue` before it sends the body.
    var awaitsContinue: Bool
    /// The connection serves another request after this one.
    var keepsAlive: Bool
    /// All of the request has been read.
    var hasEnded = false
    var trailers: HTTPFields?
    var response = Response.awaited
    /// Called on the event loop when the client goes away before the response is complete.
    var onClose: (() -> Void)?
    /// Called on the event loop when the server stops, by a response that would go on for long.
    var onQuiesce: (() -> Void)?
    /// The `Date` of whoever made the response, which another layer would replace with its own.
    var date: String?
    /// Called on the event loop when the head of a `101` has been written.
    var onSwitch: (() -> Void)?
    /// The request, as long as the request loop has not heard of it.
    var ahead: RequestAhead?
    /// What was begun for it before the request loop heard of it, until somebody there takes it.
    var started: (any StartedWork)?
    /// Work that may go on beside the response.
    var companion: Companion?

    init(_ head: RequestHead) {
        isHead = head.request.method == .head
        isHTTP10 = head.isHTTP10
        asksForUpgrade = head.asksForUpgrade
        awaitsContinue = head.expectsContinue
        keepsAlive = head.wantsKeepAlive && !head.asksForUpgrade
    }

    var isAwaitingResponse: Bool {
        if case .awaited = response { true } else { false }
    }
}
