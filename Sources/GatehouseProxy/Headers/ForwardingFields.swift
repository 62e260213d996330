import GatehouseCore
import HTTPTypes
import NIOCore

extension ByteBuffer {
    /// Writes who asked for what, as far as we know it ourselves; the chain of addresses is continued for a trusted proxy only.
    mutating func writeForwarding(_ request: CanonicalRequest, _ fields: HTTPFields) {
        let route = request.route
        var chain = route.isPeerTrusted ? fields[values: .xForwardedFor].filter { !$0.isEmpty } : []
        if let peer = route.peer { chain.append(peer.description) }
        if !chain.isEmpty {
            writeStaticString("X-Forwarded-For: ")
            writeString(chain.count == 1 ? chain[0] : chain.joined(separator: ", "))
            writeStaticString("\r\n")
        }
        writeStaticString("X-Forwarded-Host: ")
        writeString(route.host.name)
        if let port = route.host.port {
            writeStaticString(":")
            writeString(String(port))
        }
        writeStaticString("\r\nX-Forwarded-Proto: ")
        writeString(route.scheme.rawValue)
        writeStaticString("\r\nX-Forwarded-Port: ")
        writeString(String(route.host.port ?? route.scheme.defaultPort))
        writeStaticString("\r\nX-Request-ID: ")
        writeString(request.id)
        writeStaticString("\r\n")
    }
}

extension HTTPField.Name {
    static let xForwardedFor = HTTPField.Name("X-Forwarded-For")!
}
