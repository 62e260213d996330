import Gatehouse
import HTTPTypes

/// Which fields of a request or a response stop here.
enum FieldRules {
    /// Fields that concern one connection only (RFC 9110 section 7.6.1); framing is made anew.
    ///
    /// With them `Proxy`, which a CGI program would read as the address of its proxy.
    static func isHopByHop(_ name: String) -> Bool {
        switch name.utf8.count {
        case 2: spelled(name) == "te"
        case 5: name == "proxy"
        case 6: name == "expect"
        case 7: name == "upgrade"
        case 10: name == "connection" || spelled(name) == "keep-alive"
        case 14: spelled(name) == "content-length"
        case 16: spelled(name) == "proxy-connection"
        case 17: spelled(name) == "transfer-encoding"
        case 18: spelled(name) == "proxy-authenticate"
        case 19: spelled(name) == "proxy-authorization"
        case 25: spelled(name) == "proxy-authentication-info"
        default: false
        }
    }

    /// Fields by which a client proves to us who it is.
    static func isCredential(_ name: String) -> Bool {
        switch name.utf8.count {
        case 9: spelled(name) == "x-api-key"
        case 13: name == "authorization"
        case 19: spelled(name) == "proxy-authorization"
        default: false
        }
    }

    /// Fields that only the gateway may send to an upstream, in every spelling: who the client is and what it asked for.
    static func isOurs(_ name: String) -> Bool {
        switch name.utf8.first {
        case UInt8(ascii: "x"):
            let name = spelled(name)
            return ownPrefixes.contains { name.utf8.starts(with: $0.utf8) } || ownNames.contains(name)
        case UInt8(ascii: "r"): return spelled(name).utf8.starts(with: "remote-".utf8)
        case UInt8(ascii: "g"): return spelled(name).utf8.starts(with: "gatehouse-".utf8)
        default: return false
        }
    }

    /// The one of our fields that names the tenant.
    static func isTenant(_ name: String) -> Bool { name.utf8.count == 18 && spelled(name) == "x-forwarded-tenant" }

    /// Fields that a trusted proxy may send and nobody else.
    static func isForTrustedProxies(_ name: String) -> Bool {
        name.utf8.count == 9 && (name == "forwarded" || spelled(name) == "x-real-ip")
    }

    /// Whether an upstream may not send the field to a client.
    static func isForbiddenResponse(_ name: String) -> Bool {
        name.utf8.first == UInt8(ascii: "g") && spelled(name).hasPrefix("gatehouse-") || name == "clear-site-data"
    }

    /// Whether a trailer field of this name may not be passed on, in either direction (RFC 9110 section 6.5.1).
    ///
    /// Nothing that frames, routes, names or authenticates anybody: whoever merges trailers with the fields of the head would heed it.
    static func isForbiddenTrailer(_ name: String) -> Bool {
        if isHopByHop(name) || isOurs(name) || isCredential(name) || isForTrustedProxies(name) || isForbiddenResponse(name) { return true }
        let name = spelled(name)
        switch name.utf8.first {
        case UInt8(ascii: "c"): return name.hasPrefix("content-") || name == "cookie" || name == "cache-control"
        case UInt8(ascii: "h"): return name == "host"
        case UInt8(ascii: "s"): return name == "set-cookie"
        case UInt8(ascii: "t"): return name == "trailer"
        default: return false
        }
    }

    /// The names that the values of `Connection` add to the hop-by-hop ones, in lower case.
    static func named(in connection: [String]) -> [String] {
        connection.flatMap { value in
            // What nearly every connection says.
            switch value {
            case "keep-alive", "Keep-Alive": ["keep-alive"]
            case "close": ["close"]
            default: value.split(separator: ",").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            }
        }
    }

    private static let ownPrefixes = ["x-forwarded-", "x-auth-request-", "x-remote-", "x-webauth-", "x-original-"]

    /// Our id of the request; and what would have an upstream answer another path or another method than was decided on.
    private static let ownNames = ["x-request-id", "x-rewrite-url", "x-http-method-override", "x-http-method", "x-method-override"]

    /// The name as a careless server reads it: all but letters and digits is `-`.
    private static func spelled(_ name: String) -> String {
        guard name.utf8.contains(where: { SpelledNames.spelled($0) != $0 }) else { return name }
        return String(decoding: name.utf8.map(SpelledNames.spelled), as: UTF8.self)
    }
}

extension HTTPFields {
    /// The names that `Connection` adds to the hop-by-hop ones, in lower case; mostly none.
    var namedByConnection: [String] { contains(.connection) ? FieldRules.named(in: self[values: .connection]) : [] }

    /// A page asks for the script of a service worker (Service Workers, section 4.2).
    var asksForServiceWorker: Bool {
        contains(.serviceWorker) && self[values: .serviceWorker].contains { $0.lowercased().contains("script") }
    }
}

extension HTTPField.Name {
    static let serviceWorker = HTTPField.Name("Service-Worker")!
}
