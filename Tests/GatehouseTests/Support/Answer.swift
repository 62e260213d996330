import Foundation

/// A response as it stood on the wire.
struct Answer: Sendable, CustomStringConvertible {
    let status: Int
    let fields: [(name: String, value: String)]
    var body: [UInt8] = []

    init(head: String) {
        let lines = head.split(separator: "\r\n")
        status = lines.first.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } ?? 0
        fields = lines.dropFirst().map { line in
            let name = line.prefix { $0 != ":" }
            return (String(name), String(line.dropFirst(name.count + 1).drop { $0 == " " }))
        }
    }

    var description: String { "\(status) \(fields.map { "\($0.name): \($0.value)" }) \(text.prefix(600))" }

    var text: String { String(decoding: body, as: UTF8.self) }

    func all(_ name: String) -> [String] { fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value) }

    /// The one value of a field; `nil` where it is absent or repeated.
    subscript(_ name: String) -> String? { all(name).count == 1 ? all(name)[0] : nil }

    private var members: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:] }

    /// The names of the JSON object's members.
    var keys: Set<String> { Set(members.keys) }

    func json(_ name: String) -> String? { members[name] as? String }
    func number(_ name: String) -> Int? { members[name] as? Int }
    func strings(_ name: String) -> [String]? { members[name] as? [String] }
    func objects(_ name: String) -> [[String: String]]? { members[name] as? [[String: String]] }

    /// The error code of problem details.
    var code: String? { json("code") }

    /// `name=value` of the one cookie that is set.
    var cookie: String? { self["Set-Cookie"].map { String($0.prefix { $0 != ";" }) } }

    /// The value of a hidden or visible form field.
    func formValue(_ name: String) -> String? {
        guard let start = text.range(of: "name=\"\(name)\" value=\"") else { return nil }
        return String(text[start.upperBound...].prefix { $0 != "\"" })
    }
}
