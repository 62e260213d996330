import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// An upstream whose every byte the test decides: each connection runs `serve` on a thread of its own.
final class TestUpstream: Sendable {
    typealias Serve = @Sendable (RawSocket) throws -> Void

    let port: Int
    private let listener: Int32
    private let accepted = Mutex(0)
    private let requests = Mutex<[Message]>([])
    private let ended = Mutex(0)

    /// - Parameter serve: gets each connection; it is closed when `serve` returns or throws.
    init(backlog: Int32 = 128, _ serve: @escaping @Sendable (TestUpstream, RawSocket) throws -> Void) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, length) == 0 && getsockname(listener, $0, &length) == 0 }
        }
        guard bound, listen(listener, backlog) == 0 else { throw RawSocket.Failure("listen: \(errno)") }
        port = Int(in_port_t(bigEndian: address.sin_port))
        // The thread owns the listener and keeps this alive: a descriptor that is closed elsewhere could be another test's by then.
        Thread.detachNewThread {
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { break }
                self.accepted.withLock { $0 += 1 }
                Thread.detachNewThread {
                    try? serve(self, RawSocket(descriptor: descriptor))
                    self.ended.withLock { $0 += 1 }
                }
            }
            _ = Glibc.close(listener)
        }
    }

    /// Answers every request on every connection with what `answer` makes of it.
    convenience init(answering answer: @escaping @Sendable (Message) -> String) throws {
        try self.init { upstream, socket in
            while true {
                let request = upstream.note(try socket.readMessage())
                try socket.send(answer(request))
            }
        }
    }

    /// Stops listening, and keeps the port from being another test's.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        let holder = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = loopback(port)
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = bind(holder, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    @discardableResult func note(_ request: Message) -> Message {
        requests.withLock { $0.append(request) }
        return request
    }

    /// How many connections have been accepted.
    var connections: Int { accepted.withLock { $0 } }
    /// How many connections have been served to their end.
    var endedConnections: Int { ended.withLock { $0 } }
    var seen: [Message] { requests.withLock { $0 } }
    var url: String { "http://127.0.0.1:\(port)" }
}

/// A plain response.
func ok(_ body: String = "hello", _ fields: String..., date: String? = "Tue, 15 Nov 1994 08:12:31 GMT") -> String {
    let fields = ["HTTP/1.1 200 OK", "Content-Length: \(body.utf8.count)"] + (date.map { ["Date: \($0)"] } ?? []) + fields
    return fields.joined(separator: "\r\n") + "\r\n\r\n" + body
}

/// A listener whose queue is full: a connection to it is neither accepted nor refused.
final class FullListener: Sendable {
    let port: Int
    private let descriptors: [Int32]

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var descriptors = [listener]
        var address = loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 0) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening else { throw RawSocket.Failure("listen: \(errno)") }
        for _ in 0..<4 {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = connect(descriptor, $0, length) }
            }
            descriptors.append(descriptor)
        }
        port = Int(in_port_t(bigEndian: address.sin_port))
        self.descriptors = descriptors
    }

    deinit { for descriptor in descriptors { _ = Glibc.close(descriptor) } }
}
