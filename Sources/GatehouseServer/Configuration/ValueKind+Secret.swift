import GatehouseCore
import GatehouseTokens

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension ValueKind where Value == Secret<String> {
    /// A secret that is text.
    static let secret = ValueKind("secret", write: { _ in "" }) { (node, context) throws(GatehouseError) in
        let bytes = try readSecret(node, &context, allowsBase64URL: false)
        guard let text = String(validating: bytes, as: UTF8.self) else { throw remedy("is not UTF-8 text") }
        return Secret(text)
    }
}

extension ValueKind where Value == Secret<[UInt8]> {
    /// A secret that is bytes.
    static let secretBytes = ValueKind("secret bytes", write: { _ in "" }) { (node, context) throws(GatehouseError) in
        Secret(try readSecret(node, &context, allowsBase64URL: true))
    }
}

/// Reads text, `{ file: path }`, `{ env: NAME }` or `{ base64url: … }`.
private func readSecret(_ node: ConfigurationNode, _ context: inout ReadingContext, allowsBase64URL: Bool) throws(GatehouseError) -> [UInt8] {
    let wanted = "text, { file: path }\(allowsBase64URL ? ", { env: NAME } or { base64url: … }" : " or { env: NAME }")"
    guard case .map(let entries) = node.content else { return Array(try node.text(wanted: wanted).utf8) }
    guard entries.count == 1, let entry = entries.first else {
        throw remedy("is a map of \(entries.count) keys, where \(wanted) is wanted")
    }
    let text = try entry.value.text(wanted: wanted)
    switch entry.key {
    case "file": return try contents(of: text)
    case "env":
        context.secretNames.insert(text)
        guard let value = context.variables[text], !value.isEmpty else {
            throw remedy("names the environment variable \(text), which is not set: set it")
        }
        return Array(value.utf8)
    case "base64url" where allowsBase64URL:
        guard let bytes = Base64URL.decode(text), !bytes.isEmpty else {
            throw remedy("is not base64url without padding (RFC 4648 section 5)")
        }
        return bytes
    default: throw remedy("has the key \(entry.key), where \(wanted) is wanted")
    }
}

/// The file's bytes, without the line end that editors put behind text.
private func contents(of path: String) throws(GatehouseError) -> [UInt8] {
    let limit = 64 * 1024
    var bytes: [UInt8]
    do {
        let file = try FileManager.default.attributesOfItem(atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
        guard file[.type] as? FileAttributeType == .typeRegular else { throw remedy("names \(path), which is no file") }
        bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    } catch let error as GatehouseError {
        throw error
    } catch {
        throw remedy("names the file \(path), which cannot be read: check that it is there and may be read")
    }
    guard !bytes.isEmpty, bytes.count <= limit else { throw remedy("names the file \(path), which is empty or larger than 64 KiB") }
    let isText = bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
    if isText, bytes.last == 0x0A { bytes.removeLast() }
    if isText, bytes.last == 0x0D { bytes.removeLast() }
    return bytes
}
