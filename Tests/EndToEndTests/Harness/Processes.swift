import Foundation

/// A process as `/proc` tells of it.
struct ProcessEntry: Sendable {
    let id: Int32
    let parent: Int32
    let group: Int32
    let isZombie: Bool
    let commandLine: String

    /// All processes that run now.
    static func all() -> [ProcessEntry] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap(Int32.init).compactMap(ProcessEntry.init)
    }

    /// The processes of the groups that the children of `parent` lead.
    static func groups(under parent: Int32) -> [ProcessEntry] {
        let all = all()
        let leaders = Set(all.filter { $0.parent == parent && $0.id == $0.group }.map(\.id))
        return all.filter { leaders.contains($0.group) && !$0.isZombie }
    }

    /// Whether a process of one of these groups still runs.
    static func anyRuns(inGroups groups: Set<Int32>, butShells: Bool = false) -> Bool {
        all().contains { groups.contains($0.group) && !$0.isZombie && !(butShells && $0.isShell) }
    }

    /// A shell, or one that waits.
    private var isShell: Bool { commandLine.hasPrefix("/bin/sh ") || commandLine.hasPrefix("sleep ") }

    private init?(_ id: Int32) {
        guard let stat = Self.read("/proc/\(id)/stat"), let name = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: name)...].split(separator: " ")
        guard fields.count > 2, let parent = Int32(fields[1]), let group = Int32(fields[2]) else { return nil }
        self.id = id
        self.parent = parent
        self.group = group
        isZombie = fields[0] == "Z" || fields[0] == "X"
        commandLine = (Self.read("/proc/\(id)/cmdline") ?? "").replacingOccurrences(of: "\0", with: " ")
    }

    private static func read(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
