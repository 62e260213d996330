import Foundation

/// The head of a request or a response: its first line and its fields.
struct Head: Sendable {
    var start: String
    var fields: [(name: String, value: String)]

    /// The one value of a field, whatever the case of its name; several are joined with commas.
    subscript(name: String) -> String? {
        let values = all(name)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    func all(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }
}

/// A response, read to its end.
struct Answer: Sendable {
    let head: Head
    let body: [UInt8]

    var status: Int { Int(head.start.split(separator: " ").dropFirst().first ?? "") ?? 0 }
    var text: String { String(decoding: body, as: UTF8.self) }
    subscript(name: String) -> String? { head[name] }

    /// A member of a JSON body, such as `access_token`.
    func json(_ name: String) -> String? { object[name] as? String }

    var object: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:] }
}

extension Wire {
    /// Sends a request and reads the response to its end.
    func exchange(
        _ method: String, _ target: String, port: Int, _ fields: [String: String] = [:], body: String? = nil
    ) async throws -> Answer {
        try await request(method, target, port: port, fields, body: body)
        return try await answer(to: method)
    }

    func request(_ method: String, _ target: String, port: Int, _ fields: [String: String] = [:], body: String? = nil) async throws {
        var text = "\(method) \(target) HTTP/1.1\r\n"
        if fields["Host"] == nil { text += "Host: 127.0.0.1:\(port)\r\n" }
        for (name, value) in fields { text += "\(name): \(value)\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        try await send(text + "\r\n" + (body ?? ""))
    }

    func head() async throws -> Head {
        guard let start = try await line() else { throw Failure("the connection ended before a head") }
        var head = Head(start: start, fields: [])
        while let line = try await line(), !line.isEmpty {
            let parts = line.split(separator: ":", maxSplits: 1)
            head.fields.append((String(parts[0]), parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""))
        }
        return head
    }

    func answer(to method: String) async throws -> Answer {
        let head = try await head()
        let status = Answer(head: head, body: []).status
        if method == "HEAD" || status == 204 || status == 304 || status < 200 { return Answer(head: head, body: []) }
        return Answer(head: head, body: try await body(of: head))
    }

    func body(of head: Head) async throws -> [UInt8] {
        if head["Transfer-Encoding"] != nil {
            var body: [UInt8] = []
            while let chunk = try await chunk() { body += chunk }
            return body
        }
        if let length = head["Content-Length"].flatMap(Int.init) { return try await bytes(length) }
        return head.start.hasPrefix("HTTP/") ? try await rest() : []
    }

    /// The next chunk of a chunked body; `nil` behind the last.
    func chunk() async throws -> [UInt8]? {
        guard let size = try await line().flatMap({ Int($0.prefix { $0 != ";" }, radix: 16) }) else { throw Failure("no chunk size") }
        guard size > 0 else {
            while try await line()?.isEmpty == false {}
            return nil
        }
        let chunk = try await bytes(size)
        _ = try await bytes(2)
        return chunk
    }
}
