package import HTTPTypes

/// Has a request on its way before the request loop hears of it; `nil` where the loop has to see the request first.
///
/// Called on the connection's event loop with a request that has been read whole, has no body and asks for no other protocol. It must not
/// leave a trace of a request that it leaves to the loop, which looks at it again.
package typealias HeadStart = @Sendable (HTTPRequest, GatewayConnection) -> StartedRequest?

/// A request that is on its way already.
package struct StartedRequest {
    /// What the response will name, as whoever got the request was told.
    package let id: String
    package let work: any StartedWork

    package init(id: String, work: any StartedWork) {
        self.id = id
        self.work = work
    }
}

/// What goes on for a request that has started; confined to the event loop of its connection.
package protocol StartedWork: AnyObject {
    /// Nobody wants the result any more.
    func cancel()
    /// The result came before anybody could take it.
    var hasResult: Bool { get }
}

/// A request that went ahead of the request loop.
struct RequestAhead {
    let request: HTTPRequest
    let started: StartedRequest
}
