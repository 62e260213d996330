import GatehouseCore
import HTTPTypes

/// Collects the fields of one request head and notices those that steer the connection.
struct FieldReader {
    var fields = HTTPFields()
    private(set) var host: String?
    private(set) var hostCount = 0
    private(set) var wantsClose = false
    private(set) var hasUpgrade = false
    private(set) var expectsContinue = false
    private var contentLengths = 0
    private var transferEncodings = 0

    /// Takes one field; throws `malformed_request` where its name or value could be read in two ways.
    mutating func read(_ name: String, _ value: String) throws(GatehouseError) {
        guard let fieldName = HTTPField.Name(name) else { throw .malformed("A field has a name that is no token.") }
        guard Self.isHonest(value) else { throw .malformed("The field \(name) holds a control byte or is not UTF-8.") }
        switch fieldName.canonicalName.utf8.count {
        case 4 where fieldName.canonicalName == "host":
            hostCount += 1
            host = value
            return
        case 6 where fieldName == .expect: expectsContinue = value.lowercased() == "100-continue"
        case 7 where fieldName == .upgrade: hasUpgrade = true
        case 10 where fieldName == .connection: try readConnection(value)
        case 14 where fieldName == .contentLength:
            guard (1...18).contains(value.utf8.count), value.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
                throw .malformed("Content-Length is not a number.")
            }
            contentLengths += 1
        case 17 where fieldName == .transferEncoding:
            guard value.lowercased() == "chunked" else { throw .malformed("Transfer-Encoding is something else than “chunked”.") }
            transferEncodings += 1
        default: break
        }
        fields.append(HTTPField(name: fieldName, value: value))
    }

    /// Throws `malformed_request` unless at most one field says how long the body is.
    func checkFraming(isHTTP10: Bool) throws(GatehouseError) {
        guard contentLengths + transferEncodings <= 1 else { throw .malformed("Several fields say how long the body is.") }
        guard transferEncodings == 0 || !isHTTP10 else { throw .malformed("HTTP/1.0 knows no Transfer-Encoding.") }
    }

    private mutating func readConnection(_ value: String) throws(GatehouseError) {
        for option in value.split(separator: ",") {
            switch option.trimmingSpace.lowercased() {
            case "close": wantsClose = true
            // Naming a field here would have it removed on the way; these must not be.
            case "host", "content-length", "transfer-encoding", "authorization", "cookie":
                throw .malformed("Connection names a field that belongs to the whole way.")
            default: break
            }
        }
    }

    /// No control byte but the tab, and nothing that the decoder could not read as UTF-8 (it leaves U+FFFD in its place).
    private static func isHonest(_ value: String) -> Bool {
        // Over the bytes themselves and without a branch: a long token is looked at with every request.
        let bytes = value.utf8.span
        var (controls, wide): (UInt8, UInt8) = (0, 0)
        for index in bytes.indices {
            let byte = bytes[index]
            controls |= ((byte < 0x20 ? 1 : 0) & (byte != 0x09 ? 1 : 0)) | (byte == 0x7f ? 1 : 0)
            wide |= byte
        }
        return controls == 0 && (wide < 0x80 || !value.unicodeScalars.contains("\u{FFFD}"))
    }
}

extension StringProtocol {
    /// Without the spaces and tabs at both ends (OWS of RFC 9110 section 5.6.3).
    package var trimmingSpace: Self.SubSequence {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
            return self[endIndex...]
        }
        return self[first...last]
    }
}
