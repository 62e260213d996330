import HummingbirdCore
import NIOCore

/// A request body whose client may be waiting to be told that it is wanted.
struct AwaitedBody: AsyncSequence, Sendable {
    let body: RequestBody
    let client: ClientConnection

    struct AsyncIterator: AsyncIteratorProtocol {
        var base: RequestBody.AsyncIterator
        var client: ClientConnection?

        mutating func next() async throws -> ByteBuffer? {
            if let client {
                self.client = nil
                try await client.sendContinue()
            }
            return try await base.next()
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: body.makeAsyncIterator(), client: client) }
}
