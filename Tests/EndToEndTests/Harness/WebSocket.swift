/// The little of RFC 6455 that a test needs: short text frames, and the handshake with the key of its section 1.3.
extension Wire {
    /// Asks for a WebSocket and reads the head of the answer; behind a 101 the wire carries frames.
    func openWebSocket(_ target: String, port: Int, _ fields: [String: String]) async throws -> Head {
        let handshake = [
            "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        ]
        try await request("GET", target, port: port, fields.merging(handshake) { given, _ in given })
        return try await head()
    }

    /// The answer of a server to the key above.
    func acceptWebSocket() async throws {
        try await send(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
    }

    /// A text frame of at most 125 bytes; clients mask theirs, here with zeros.
    func sendFrame(_ text: String, masked: Bool) async throws {
        let bytes = Array(text.utf8)
        try await send([0x81, UInt8(bytes.count) | (masked ? 0x80 : 0)] + (masked ? [0, 0, 0, 0] : []) + bytes)
    }

    /// The text of the next frame; `nil` when it is a close frame.
    func frame() async throws -> String? {
        let head = try await bytes(2)
        if head[1] & 0x80 != 0 { _ = try await bytes(4) }
        let payload = try await bytes(Int(head[1] & 0x7f))
        return head[0] & 0x0f == 8 ? nil : String(decoding: payload, as: UTF8.self)
    }
}
