import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A TCP connection to the loopback address that sends exactly the bytes it is told to; every read ends after twenty seconds.
final class Wire {
    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    private let descriptor: Int32
    private var buffer: [UInt8] = []

    /// - Parameter source: the loopback address to come from, such as `127.0.0.9`.
    init(port: Int, from source: String? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var time = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        if let source {
            guard Self.call(bind, descriptor, source, 0) == 0 else { throw Failure("bind: \(errno)") }
        }
        guard Self.call(connect, descriptor, "127.0.0.1", port) == 0 else { throw Failure("connect: \(errno)") }
    }

    deinit { _ = close(descriptor) }

    private static func call(
        _ function: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32, _ descriptor: Int32, _ name: String, _ port: Int
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr(name)
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { function(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    func send(_ text: String) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            // A server that has answered already may stop reading; the answer is still there to be read.
            if count < 0, errno == EPIPE || errno == ECONNRESET { return }
            guard count > 0 else { throw Failure("send: \(errno)") }
            rest = rest.dropFirst(count)
        }
    }

    /// One response with its body, whichever way that is framed.
    func readAnswer(toHead isHead: Bool = false) throws -> Answer {
        var answer = Answer(head: try read(until: "\r\n\r\n"))
        if isHead || answer.status == 204 || answer.status == 304 { return answer }
        if let length = answer["Content-Length"].flatMap({ Int($0) }) {
            answer.body = try read(length)
        } else if answer["Transfer-Encoding"] == "chunked" {
            while let size = Int(try read(until: "\r\n").dropLast(2), radix: 16), size > 0 {
                answer.body += try read(size)
                _ = try read(2)
            }
            _ = try read(2)
        }
        return answer
    }

    /// Whether the server has ended the stream without another byte.
    var isEnded: Bool { buffer.isEmpty && ((try? receive()) ?? true) == false }

    private func read(_ count: Int) throws -> [UInt8] {
        while buffer.count < count {
            guard try receive() else { throw Failure("the stream ended after \(buffer.count) of \(count) bytes") }
        }
        defer { buffer.removeFirst(count) }
        return Array(buffer.prefix(count))
    }

    private func read(until mark: String) throws -> String {
        let mark = Array(mark.utf8)
        while true {
            if let start = buffer.indices.first(where: { buffer[$0...].starts(with: mark) }) {
                return String(decoding: try read(start + mark.count), as: UTF8.self)
            }
            guard try receive() else { throw Failure("the stream ended after \(String(decoding: buffer, as: UTF8.self).debugDescription)") }
        }
    }

    /// `false` at the end of the stream.
    private func receive() throws -> Bool {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        if count < 0, errno != ECONNRESET { throw Failure("recv: \(errno)") }
        buffer += bytes.prefix(max(0, count))
        return count > 0
    }
}

/// Runs blocking code on a thread of its own.
func blocking<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Swift.Result { try body() }) }
    }
}

/// Waits until `condition` holds, at most twenty seconds.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < end {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(10))
    }
    return false
}
