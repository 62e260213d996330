package import HTTPTypes
package import NIOCore

/// How the end of one response is marked on the wire (RFC 9112 section 6.3), and how much of it is still to come.
enum ResponseFraming {
    /// The response has no body, whatever its fields say.
    case none
    case length(remaining: Int)
    case chunked
    /// An HTTP/1.0 client learns of the end from the end of the connection.
    case untilClose

    init(_ response: HTTPResponse, isHead: Bool, isHTTP10: Bool) {
        let status = response.status.code
        if isHead || status < 200 || status == 204 || status == 304 {
            self = .none
        } else if let length = Self.contentLength(response.headerFields), length >= 0 {
            self = .length(remaining: length)
        } else {
            self = isHTTP10 ? .untilClose : .chunked
        }
    }

    /// Read where it stands: the subscript would join all values in a new string. Two lengths are none.
    private static func contentLength(_ fields: HTTPFields) -> Int? {
        var text: String?
        for field in fields where field.name == .contentLength {
            guard text == nil else { return nil }
            text = field.value
        }
        return text.flatMap { Int($0) }
    }

    /// Nobody knows the length beforehand.
    var hasOpenEnd: Bool {
        switch self {
        case .chunked, .untilClose: true
        case .none, .length: false
        }
    }

    var needsClose: Bool {
        if case .untilClose = self { true } else { false }
    }
}

extension ByteBuffer {
    /// Writes the head of `response`; of the fields that steer a connection only what `framing` and `closing` say.
    ///
    /// - Parameter date: stands in the place of the response's own.
    mutating func writeHead(_ response: HTTPResponse, framing: ResponseFraming, closing: Bool, date: String? = nil) {
        let status = response.status
        writePieces { head in
            head.putStatusLine(status.code, status.reasonPhrase)
            for field in response.headerFields where !Self.isSteering(field.name, status.code, framing) {
                if let date, field.name == .date { head.putField(field.name.rawName, date) } else { head.putField(field.name.rawName, field.value) }
            }
            if case .chunked = framing { head.put("Transfer-Encoding: chunked\r\n") }
            if status.code == 101 { head.put("Connection: Upgrade\r\n") } else if closing { head.put("Connection: close\r\n") }
            head.endLine()
        }
    }

    private mutating func writeField(_ name: String, _ value: String) {
        writeString(name)
        writeStaticString(": ")
        writeString(value)
        writeStaticString("\r\n")
    }

    /// Writes the size line of a chunk (RFC 9112 section 7.1).
    package mutating func writeChunkSize(_ size: Int) {
        writeString(String(size, radix: 16))
        writeStaticString("\r\n")
    }

    /// Writes the last chunk and the trailer section.
    package mutating func writeLastChunk(_ trailers: HTTPFields?) {
        writeStaticString("0\r\n")
        for field in trailers ?? [:] { writeField(field.name.rawName, field.value) }
        writeStaticString("\r\n")
    }

    private static func isSteering(_ name: HTTPField.Name, _ status: Int, _ framing: ResponseFraming) -> Bool {
        switch name.canonicalName.utf8.count {
        case 7: name == .upgrade && status != 101 && status != 426
        case 10: name == .connection || name.canonicalName == "keep-alive"
        case 14: name == .contentLength && (status < 200 || status == 204 || status == 304 || framing.hasOpenEnd)
        case 16: name.canonicalName == "proxy-connection"
        case 17: name == .transferEncoding
        default: false
        }
    }
}
