import Gatehouse
import GatehouseCore
import HTTPTypes

extension PieceWriter {
    /// Puts who asked for what, as far as we know it ourselves; the chain of addresses is continued for a trusted proxy only.
    mutating func putForwarding(_ request: CanonicalRequest, _ fields: HTTPFields) {
        let route = request.route
        var chain = route.isPeerTrusted ? fields[values: .xForwardedFor].filter { !$0.isEmpty } : []
        if let peer = route.peer { chain.append(peer.description) }
        if !chain.isEmpty {
            putField("X-Forwarded-For", chain.count == 1 ? chain[0] : chain.joined(separator: ", "))
        }
        let port = String(route.host.port ?? route.scheme.defaultPort)
        put("X-Forwarded-Host: ")
        put(route.host.name)
        if route.host.port != nil {
            put(":")
            put(port)
        }
        put("\r\n")
        putField("X-Forwarded-Proto", route.scheme.rawValue)
        putField("X-Forwarded-Port", port)
        putField("X-Request-ID", request.id)
    }
}

extension HTTPField.Name {
    static let xForwardedFor = HTTPField.Name("X-Forwarded-For")!
}
