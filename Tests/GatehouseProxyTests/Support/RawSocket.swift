import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A blocking TCP socket that sends and reads exactly the bytes it is told to; every read ends after ten seconds.
final class RawSocket: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    let descriptor: Int32
    private let unread = Mutex<[UInt8]>([])
    private var buffer: [UInt8] {
        get { unread.withLock { $0 } }
        set { unread.withLock { $0 = newValue } }
    }

    init(descriptor: Int32) {
        self.descriptor = descriptor
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        setReceiveTimeout(milliseconds: 10_000)
    }

    /// Connects to the loopback address.
    convenience init(port: Int, receiveBuffer: Int32? = nil) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var size = receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size)) }
        var address = loopback(port)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard result == 0 else {
            _ = Glibc.close(descriptor)
            throw Failure("connect: \(errno)")
        }
        self.init(descriptor: descriptor)
    }

    deinit { _ = Glibc.close(descriptor) }

    func setReceiveTimeout(milliseconds: Int) {
        var time = timeval(tv_sec: milliseconds / 1000, tv_usec: (milliseconds % 1000) * 1000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    // MARK: Sending

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw Failure("send: \(errno)") }
            sent += count
        }
    }

    /// Closes the sending side.
    func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Closes with a reset.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    // MARK: Reading

    /// Some bytes; empty at the end of the stream.
    func receive(_ limit: Int = 65536) throws -> [UInt8] {
        if !buffer.isEmpty {
            defer { buffer = [] }
            return buffer
        }
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = recv(descriptor, &bytes, limit, 0)
        if count < 0 {
            if errno == ECONNRESET { return [] }
            throw Failure(errno == EAGAIN ? "nothing came for ten seconds" : "recv: \(errno)")
        }
        return Array(bytes.prefix(count))
    }

    /// Exactly `count` bytes.
    func read(_ count: Int) throws -> [UInt8] {
        while buffer.count < count {
            let old = buffer
            buffer = []
            let more = try receive()
            buffer = old + more
            if more.isEmpty {
                throw Failure("the stream ended after \(buffer.count) of \(count) bytes: \(String(decoding: buffer.prefix(200), as: UTF8.self))")
            }
        }
        defer { buffer.removeFirst(count) }
        return Array(buffer.prefix(count))
    }

    /// Everything up to and including `mark`.
    func read(until mark: String) throws -> String {
        let wanted = Array(mark.utf8)
        var scanned = 0
        while true {
            if buffer.count >= wanted.count {
                for start in scanned...(buffer.count - wanted.count) where buffer[start..<start + wanted.count].elementsEqual(wanted) {
                    return String(decoding: try read(start + wanted.count), as: UTF8.self)
                }
                scanned = buffer.count - wanted.count + 1
            }
            let old = buffer
            buffer = []
            let more = try receive()
            buffer = old + more
            if more.isEmpty { throw Failure("the stream ended before “\(mark.debugDescription)”: \(String(decoding: buffer, as: UTF8.self))") }
        }
    }

    func readToEnd() throws -> String { String(decoding: try readBytesToEnd(), as: UTF8.self) }

    func readBytesToEnd() throws -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let more = try receive()
            if more.isEmpty { return all }
            all += more
        }
    }

    /// Whether the other side ends the stream without another byte.
    var isEnded: Bool { (try? receive().isEmpty) ?? false }

    /// One HTTP message with its body, whichever way that is framed.
    func readMessage(isHead: Bool = false) throws -> Message {
        var message = Message(head: try read(until: "\r\n\r\n"))
        let status = message.status
        if isHead || status / 100 == 1 || status == 204 || status == 304 { return message }
        if let length = message["content-length"].flatMap({ Int($0) }) {
            message.body = try read(length)
        } else if message["transfer-encoding"] == "chunked" {
            while true {
                let line = try read(until: "\r\n")
                guard let size = Int(line.dropLast(), radix: 16) else { throw Failure("bad chunk size \(line)") }
                if size == 0 { break }
                message.body += try read(size)
                _ = try read(2)
            }
            while true {
                let line = try read(until: "\r\n")
                if line == "\r\n" { break }
                message.trailers.append(String(line.dropLast()))
            }
        } else if message.isResponse {
            message.body = Array(try readToEnd().utf8)
        }
        return message
    }
}

/// An HTTP message as it stood on the wire.
struct Message: Sendable {
    let head: String
    let lines: [String]
    var body: [UInt8] = []
    var trailers: [String] = []

    init(head: String) {
        self.head = head
        lines = head.split(separator: "\r\n").map(String.init)
    }

    var isResponse: Bool { head.hasPrefix("HTTP/") }
    var status: Int { isResponse ? Int(lines[0].split(separator: " ")[1]) ?? 0 : 0 }
    var target: String { String(lines[0].split(separator: " ")[1]) }
    var text: String { String(decoding: body, as: UTF8.self) }

    /// All values of a field, by its name as sent, in lower case.
    func all(_ name: String) -> [String] {
        lines.dropFirst().filter { $0.lowercased().hasPrefix(name.lowercased() + ":") }.map {
            $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces)
        }
    }

    subscript(_ name: String) -> String? { all(name).first }
}

func loopback(_ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return address
}

/// Runs blocking code on a thread of its own.
func blocking<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Swift.Result { try body() }) }
    }
}

/// Waits on a thread of its own until `condition` holds; throws after ten seconds.
func wait(until condition: () -> Bool) throws {
    for _ in 0..<10_000 {
        if condition() { return }
        usleep(1000)
    }
    throw RawSocket.Failure("waited in vain")
}

/// Waits until `condition` holds, at most ten seconds.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < end {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return false
}

extension RawSocket {
    /// Lets `send` fail when nothing could be sent for this long.
    func setSendTimeout(milliseconds: Int) {
        var time = timeval(tv_sec: milliseconds / 1000, tv_usec: (milliseconds % 1000) * 1000)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }
}
