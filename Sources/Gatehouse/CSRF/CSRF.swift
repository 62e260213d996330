import GatehouseCore
import GatehouseTokens
import HTTPTypes

/// Tells a request that this site's own pages sent from one that another site made the browser send.
struct CSRF: Sendable {
    let ours: Ours
    let key: Secret<[UInt8]>

    /// `Origin` must be ours and name the host that was addressed; where it is absent, `Sec-Fetch-Site` must be `same-origin`; both absent
    /// is refused.
    func checkOrigin(_ fields: HTTPFields, host: Host, port: Int?) throws(GatehouseError) {
        let origins = fields[values: .origin]
        guard origins.isEmpty else {
            guard isOwn(origins, host, port) else {
                throw GatehouseError(.csrfFailed, "The Origin “\(origins[0].prefix(128))” is not ours. \(ours.remedy)")
            }
            return
        }
        guard fields[values: .secFetchSite] == ["same-origin"] else {
            throw GatehouseError(.csrfFailed, "The request has no Origin and its Sec-Fetch-Site is not same-origin.")
        }
    }

    /// A WebSocket that opens with a cookie: `Origin` must be there, ours, and name the host that was addressed (RFC 6455 section 10.2).
    func checkHandshake(_ fields: HTTPFields, host: Host, port: Int?) throws(GatehouseError) {
        guard isOwn(fields[values: .origin], host, port) else {
            throw GatehouseError(.originRefused, "A WebSocket with a cookie needs an Origin that is ours. \(ours.remedy)")
        }
    }

    /// One tenant's pages have no say on the host of another.
    private func isOwn(_ origins: [String], _ host: Host, _ port: Int?) -> Bool {
        guard origins.count == 1, let origin = Origin(origins[0]) else { return false }
        return origin.host == host && ours.contains(origin, port: port)
    }

    /// The token that proves knowledge of what only our pages were told; the same for the whole session.
    func token(session id: String) -> String {
        Base64URL.encode(HMACSHA256.tag(key, Array("csrf:\(id)".utf8)))
    }

    func check(_ token: String?, session id: String) throws(GatehouseError) {
        guard let token, constantTimeEqual(Array(token.utf8), Array(self.token(session: id).utf8)) else {
            throw GatehouseError(.csrfFailed, "X-CSRF-Token (in a form: the hidden field csrf_token) is missing or not this session's.")
        }
    }
}
