package import NIOCore

/// Puts pieces of text one behind the other into memory that is there already; what finds no room is only counted.
package struct PieceWriter {
    private let target: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    fileprivate init(_ target: UnsafeMutableRawBufferPointer) { self.target = target }

    package mutating func put(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            if bytes.count <= target.count - count {
                UnsafeMutableRawBufferPointer(rebasing: target[count...]).copyMemory(from: UnsafeRawBufferPointer(bytes))
            }
            count += bytes.count
        }
    }
}

extension PieceWriter {
    package mutating func putField(_ name: String, _ value: String) {
        put(name)
        put(": ")
        put(value)
        put("\r\n")
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
