import Foundation
import Synchronization

/// Ports of 127.0.0.1 below those that the system gives out by itself, each given once.
enum Ports {
    private static let next = Mutex(Int32(20_000 + ProcessInfo.processInfo.processIdentifier % 400 * 20))

    static func free() throws -> Int {
        for _ in 0..<2000 {
            let port = next.withLock { port in
                port = port < 31_999 ? port + 1 : 20_000
                return port
            }
            if isFree(UInt16(port)) { return Int(port) }
        }
        throw Failure("no port is free")
    }

    /// Holds `count` further listening sockets while `body` runs, as a busy machine has them.
    static func holding<Result>(_ count: Int, _ body: () async throws -> Result) async throws -> Result {
        var held: [Int32] = []
        defer { held.forEach { close($0) } }
        for _ in 0..<count { held.append(try listening()) }
        return try await body()
    }

    private static func listening() throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0, bound(descriptor, to: 0), listen(descriptor, 1) == 0 else { throw Failure("no socket (errno \(errno))") }
        return descriptor
    }

    private static func isFree(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return bound(descriptor, to: port)
    }

    private static func bound(_ descriptor: Int32, to port: UInt16) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
        }
    }
}
