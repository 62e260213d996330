package import NIOCore
import NIOPosix

/// Asks a loopback port whether an HTTP server answers there.
package struct ReadinessProbe: Sendable {
    let port: Int
    let eventLoopGroup: any EventLoopGroup

    /// Whether a request was answered within `limit`; any HTTP status will do.
    func answers(within limit: Duration) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { (try? await self.exchange()) ?? false }
            group.addTask {
                try? await Task.sleep(for: limit)
                return false
            }
            let first = await group.next() ?? false
            group.cancelAll()
            return first
        }
    }

    private func exchange() async throws -> Bool {
        let channel = try await ClientBootstrap(group: eventLoopGroup)
            .connectTimeout(.seconds(2))
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(
                ByteBuffer(string: "GET / HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nUser-Agent: gatehouse\r\nConnection: close\r\n\r\n"))
            for try await chunk in inbound {
                return chunk.readableBytesView.starts(with: "HTTP/1.".utf8)
            }
            return false
        }
    }

    /// A port of 127.0.0.1 that nobody listens on at the moment.
    package static func freePort(_ group: any EventLoopGroup) async throws -> Int {
        let channel = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port
        try await channel.close()
        guard let port else { throw ChannelError.unknownLocalAddress }
        return port
    }
}
