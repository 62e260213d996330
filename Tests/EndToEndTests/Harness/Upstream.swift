import NIOCore
import NIOPosix

/// A server of the test's own that a gateway forwards to.
enum Upstream {
    /// Listens while `body` runs; every request on every connection goes to `answer`, which ends the connection by throwing.
    static func run<Result: Sendable>(
        answer: @escaping @Sendable (Head, Wire) async throws -> Void, _ body: (Int) async throws -> Result
    ) async throws -> Result {
        let (connections, arrived) = AsyncStream<Wire>.makeStream()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let arrivals = Arrivals()
                    try channel.pipeline.syncOperations.addHandler(ArrivalHandler(arrivals))
                    arrived.yield(Wire(channel, arrivals))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await withDiscardingTaskGroup { tasks in
                    for await wire in connections {
                        tasks.addTask {
                            while let head = try? await wire.head(), (try? await answer(head, wire)) != nil {}
                            await wire.close()
                        }
                    }
                }
            }
            defer {
                group.cancelAll()
                server.close(promise: nil)
            }
            return try await body(server.localAddress?.port ?? 0)
        }
    }

    /// Answers with the request's head as the body; a WebSocket gets every frame back.
    static func echo(_ head: Head, _ wire: Wire) async throws {
        if head["Upgrade"] != nil {
            try await wire.acceptWebSocket()
            while let text = try await wire.frame() { try await wire.sendFrame(text, masked: false) }
            throw Failure("the WebSocket ended")
        }
        _ = try await wire.body(of: head)
        let lines = [head.start] + head.fields.map { "\($0.name): \($0.value)" }
        try await wire.answer(lines.joined(separator: "\n"), type: "text/plain")
    }
}

extension Wire {
    func answer(_ body: String, type: String) async throws {
        try await send("HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }
}
