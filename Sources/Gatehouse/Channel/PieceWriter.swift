package import NIOCore

/// Puts pieces of text one behind the other into memory that is there already; what finds no room is only counted.
package struct PieceWriter {
    private let target: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    fileprivate init(_ target: UnsafeMutableRawBufferPointer) { self.target = target }

    package mutating func put(_ text: String) {
        let bytes = text.utf8.span
        if bytes.count <= target.count - count {
            bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: target[count...]).copyMemory(from: $0) }
        }
        count += bytes.count
    }

    private mutating func put(_ first: UInt8, _ second: UInt8) {
        if target.count - count >= 2 {
            target[count] = first
            target[count + 1] = second
        }
        count += 2
    }
}

extension PieceWriter {
    package mutating func putField(_ name: String, _ value: String) {
        put(name)
        put(UInt8(ascii: ":"), UInt8(ascii: " "))
        put(value)
        endLine()
    }

    package mutating func endLine() { put(UInt8(ascii: "\r"), UInt8(ascii: "\n")) }

    package mutating func putStatusLine(_ code: Int, _ phrase: String) {
        put("HTTP/1.1 ")
        put(String(code))
        put(" ")
        put(phrase)
        endLine()
    }
}

extension ByteBuffer {
    /// Writes what `body` puts, in one go: each write to a buffer costs more than the few bytes of a piece. `body` is run again where there
    /// was too little room.
    package mutating func writePieces(room: Int = 512, _ body: (inout PieceWriter) -> Void) {
        var room = room
        while true {
            var needed = 0
            let written = writeWithUnsafeMutableBytes(minimumWritableBytes: room) { target in
                var pieces = PieceWriter(target)
                body(&pieces)
                needed = pieces.count
                return needed <= target.count ? needed : 0
            }
            if written == needed { return }
            room = needed
        }
    }
}
