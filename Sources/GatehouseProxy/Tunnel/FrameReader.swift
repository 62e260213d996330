import NIOCore

/// Follows the frames in one direction of a WebSocket (RFC 6455 section 5.2) by their headers alone.
struct FrameReader {
    private enum State {
        case opcode
        case length
        case extendedLength(left: Int, value: UInt64)
        case mask(left: Int)
        case payload(left: UInt64)
        /// What comes is no WebSocket; nobody looks at it any more.
        case lost
    }

    private var state = State.opcode
    private var isData = false
    private var isMasked = false
    private var payload: UInt64 = 0

    /// The next byte begins a frame.
    var isAtBoundary: Bool {
        if case .opcode = state { true } else { false }
    }

    /// Follows `bytes`; says whether a text, binary or continuation frame began in them.
    mutating func read(_ bytes: ByteBuffer) -> Bool {
        var sawData = false
        var rest = bytes.readableBytesView
        while !rest.isEmpty { sawData = step(&rest) || sawData }
        return sawData
    }

    /// How many of `bytes` belong to the frame that has begun; all of them if it does not end in them.
    mutating func readToBoundary(_ bytes: ByteBuffer) -> Int {
        var rest = bytes.readableBytesView
        while !rest.isEmpty, !isAtBoundary { _ = step(&rest) }
        return bytes.readableBytes - rest.count
    }

    /// Takes one byte of a header or as much of a payload as there is.
    private mutating func step(_ bytes: inout ByteBufferView) -> Bool {
        switch state {
        case .payload(let left):
            let count = Int(min(left, UInt64(bytes.count)))
            bytes = bytes.dropFirst(count)
            state = left == UInt64(count) ? .opcode : .payload(left: left - UInt64(count))
            return false
        case .lost:
            bytes = bytes.dropFirst(bytes.count)
            return false
        default:
            guard let byte = bytes.first else { return false }
            bytes = bytes.dropFirst()
            return readHeader(byte)
        }
    }

    private mutating func readHeader(_ byte: UInt8) -> Bool {
        switch state {
        case .opcode:
            isData = byte & 0x0f <= 2
            state = .length
            return isData
        case .length:
            isMasked = byte & 0x80 != 0
            switch byte & 0x7f {
            case 126: state = .extendedLength(left: 2, value: 0)
            case 127: state = .extendedLength(left: 8, value: 0)
            case let length: begin(UInt64(length))
            }
        case .extendedLength(let left, let value):
            let value = value << 8 | UInt64(byte)
            if left > 1 { state = .extendedLength(left: left - 1, value: value) } else { begin(value) }
        case .mask(let left):
            state = left > 1 ? .mask(left: left - 1) : payload == 0 ? .opcode : .payload(left: payload)
        case .payload, .lost: break
        }
        return false
    }

    private mutating func begin(_ length: UInt64) {
        payload = length
        if length >> 63 != 0 {
            state = .lost
        } else if isMasked {
            state = .mask(left: 4)
        } else {
            state = length == 0 ? .opcode : .payload(left: length)
        }
    }
}
