/// The names of one object's members as they are read, so that none comes twice.
///
/// A few names are told apart by a bit each; where two share one, they are compared. Many names go into a set, whose hashing is
/// seeded, so that no sender can make it slow.
struct MemberNames {
    private static let few = 16

    private var count = 0
    private var bits: UInt64 = 0
    private var set: Set<[UInt8]> = []

    /// Notes the name at `index`; `false` when the object that begins at `object` had it before.
    mutating func insert(_ index: Int, of object: Int, _ nodes: [JSONNode], _ bytes: Span<UInt8>) -> Bool {
        defer { count += 1 }
        if count < Self.few { return insertAmongFew(index, of: object, nodes, bytes) }
        if count == Self.few {
            var earlier = object + 1
            while earlier < index {
                set.insert(JSONText.unescaped(nodes[earlier], bytes))
                earlier = Int(nodes[earlier + 1].next)
            }
        }
        return set.insert(JSONText.unescaped(nodes[index], bytes)).inserted
    }

    private mutating func insertAmongFew(_ index: Int, of object: Int, _ nodes: [JSONNode], _ bytes: Span<UInt8>) -> Bool {
        let bit = Self.bit(nodes[index], bytes)
        guard bits & bit != 0 else {
            bits |= bit
            return true
        }
        bits |= bit
        var earlier = object + 1
        while earlier < index {
            if JSONText.equal(nodes[earlier], nodes[index], bytes) { return false }
            earlier = Int(nodes[earlier + 1].next)
        }
        return true
    }

    /// One of 64 bits by length, first and last byte. An escaped name is compared with all, and all with it.
    private static func bit(_ node: JSONNode, _ bytes: Span<UInt8>) -> UInt64 {
        guard node.kind == .string else { return .max }
        let range = node.range
        guard !range.isEmpty else { return 1 }
        let mixed = range.count &* 31 &+ Int(bytes[range.lowerBound]) &* 7 &+ Int(bytes[range.upperBound - 1]) &* 13
        return 1 << UInt64(mixed & 63)
    }
}
