import Foundation

/// A TCP socket that waits for connections, as Linux lists it in `/proc/net/tcp` and `/proc/net/tcp6`.
struct ListeningSocket: Hashable {
    /// The address in the kernel's form: 32-bit words in host order, in hexadecimal.
    let address: String
    let port: Int
    let inode: String

    /// Reads one line of the table; `nil` for the heading and for sockets that do not listen.
    init?(line: Substring) {
        let columns = line.split(separator: " ", omittingEmptySubsequences: true)
        guard columns.count > 9, columns[3] == "0A" else { return nil }
        let local = columns[1].split(separator: ":")
        guard local.count == 2, let port = Int(local[1], radix: 16) else { return nil }
        self.address = String(local[0])
        self.port = port
        self.inode = String(columns[9])
    }

    /// 127.0.0.0/8, ::1, or 127.0.0.0/8 mapped into IPv6.
    var isLoopback: Bool {
        switch address.utf8.count {
        case 8: address.hasSuffix("7F")
        case 32: address == "00000000000000000000000001000000" || address.hasPrefix("0000000000000000FFFF0000") && address.hasSuffix("7F")
        default: false
        }
    }

    /// The address and port as people write them.
    var description: String {
        let bytes = stride(from: 0, to: address.utf8.count, by: 8).flatMap { start in
            Self.bytes(address.dropFirst(start).prefix(8)).reversed()
        }
        guard bytes.count == 4 else {
            let groups = stride(from: 0, to: bytes.count, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
            return bytes.allSatisfy { $0 == 0 } ? "[::]:\(port)" : "[\(groups.joined(separator: ":"))]:\(port)"
        }
        return bytes.map(String.init).joined(separator: ".") + ":\(port)"
    }

    private static func bytes(_ hexadecimal: Substring) -> [UInt8] {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(truncatingIfNeeded: digits[$0] << 4 | digits[$0 + 1]) }
    }
}

#if os(Linux)
    /// The sockets on which the members of a process group listen.
    ///
    /// Costs one pass over `/proc` where any socket matches; processes of other users cannot be looked into and count as no members.
    struct GroupListeners {
        let group: Int32

        func sockets(where matches: (ListeningSocket) -> Bool) -> [ListeningSocket] {
            let matching = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { path in
                Self.text(path).split(separator: "\n").compactMap(ListeningSocket.init(line:)).filter(matches)
            }
            guard !matching.isEmpty else { return [] }
            let inodes = inodesOfMembers()
            return matching.filter { inodes.contains($0.inode) }
        }

        private func inodesOfMembers() -> Set<String> {
            var inodes: Set<String> = []
            for entry in Self.entries("/proc") where entry.utf8.allSatisfy({ (0x30...0x39).contains($0) }) && isMember(entry) {
                for descriptor in Self.entries("/proc/\(entry)/fd") {
                    let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(entry)/fd/\(descriptor)")
                    guard let target, target.hasPrefix("socket:[") else { continue }
                    inodes.insert(String(target.dropFirst(8).dropLast()))
                }
            }
            return inodes
        }

        /// The process group is the third field after the name, which stands in parentheses and may hold anything.
        private func isMember(_ process: String) -> Bool {
            let stat = Self.text("/proc/\(process)/stat")
            guard let name = stat.lastIndex(of: ")") else { return false }
            let fields = stat[stat.index(after: name)...].split(separator: " ")
            return fields.count > 2 && fields[2] == "\(group)"
        }

        private static func entries(_ directory: String) -> [String] {
            (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        }

        private static func text(_ path: String) -> String {
            // To the end, read by read: these files have no size, and reading one at once gives only its first page.
            guard let file = FileHandle(forReadingAtPath: path), let data = try? file.readToEnd() else { return "" }
            return String(decoding: data, as: UTF8.self)
        }
    }
#endif
