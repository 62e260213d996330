import GatehouseCore
import HTTPTypes
import NIOHTTP1

extension ExplainedRequest {
    /// The request as a connection would hand it on, with the credential in its field; throws `malformed_request` as a connection does.
    ///
    /// - Parameter ours: the `Host` where the request says nothing else.
    func head(ours: Host?) throws(GatehouseError) -> HTTPRequest {
        var headers = HTTPHeaders()
        for (name, value) in fields { headers.add(name: name, value: String(value.trimmingSpace)) }
        if host != nil || !headers.contains(name: "Host") { headers.add(name: "Host", value: host ?? ours.map { "\($0)" } ?? "localhost") }
        switch credential {
        case .none, .user: break
        case .bearer(let token): headers.add(name: "Authorization", value: token.expose { String("Bearer \($0)".trimmingSpace) })
        case .apiKey(let key): headers.add(name: "X-API-Key", value: key.expose { String($0.trimmingSpace) })
        }
        let head = HTTPRequestHead(version: .http1_1, method: HTTPMethod(rawValue: method), uri: target, headers: headers)
        return try RequestHead(head).request
    }
}
