public import GatehouseCore
public import HTTPTypes

/// What says which tenant a request is about, beside the credential.
///
/// Sources that name different tenants are refused with `forbidden`, and so is a tenant that the caller is no member of. Where nothing
/// is named a caller acts in the tenant of its account.
public struct Tenancy: Sendable {
    /// Host names that belong to one tenant, such as `acme.example.com`; they are ours as the public URL is.
    public var hosts: [String: Tenant.ID]
    /// The parameter of a route that names the tenant, such as `tenant` in `/t/{tenant}/orders`.
    public var parameter: String?
    /// A header field that names the tenant, such as `X-Tenant`. Upstreams get it with the tenant that the caller acts in, and never as a
    /// client sent it.
    public var header: HTTPField.Name?

    public init(hosts: [String: Tenant.ID] = [:], parameter: String? = nil, header: HTTPField.Name? = nil) {
        self.hosts = hosts
        self.parameter = parameter
        self.header = header
    }
}

/// The rules made ready for use.
struct TenantRules: Sendable {
    let hosts: [Host: Tenant.ID]
    let parameter: String?
    let header: HTTPField.Name?
    /// There is nothing to look at.
    let isEmpty: Bool

    /// Throws `configuration_invalid` for a host that is none, or is the public URL's own, and for a field that means something else.
    init(_ tenancy: Tenancy, publicURL: Origin?) throws(GatehouseError) {
        var hosts: [Host: Tenant.ID] = [:]
        for (text, tenant) in tenancy.hosts {
            guard let host = try? Host(text, scheme: publicURL?.scheme ?? .http), host != publicURL?.host,
                hosts.updateValue(tenant, forKey: host) == nil
            else {
                throw GatehouseError(
                    .configurationInvalid,
                    "“\(text.prefix(128))” cannot be the host of the tenant “\(tenant)”: write each name once, without scheme and path, and not the public URL's."
                )
            }
        }
        if let header = tenancy.header, Self.taken.contains(header) {
            throw GatehouseError(.configurationInvalid, "The field \(header) cannot name the tenant: it means something else already.")
        }
        self.hosts = hosts
        parameter = tenancy.parameter
        header = tenancy.header
        isEmpty = hosts.isEmpty && tenancy.parameter == nil && tenancy.header == nil
    }

    private static let taken: [HTTPField.Name] = [
        .authorization, .apiKey, .cookie, .csrfToken, .origin, .host, .requestID, .connection, .upgrade, .contentLength, .transferEncoding,
        .contentType,
    ]

    /// The tenant that the request names; `nil` where it names none.
    ///
    /// Throws `forbidden` where two sources differ or a name can be nobody's, `malformed_request` for a field sent twice.
    func named(by request: CanonicalRequest, _ fields: HTTPFields) throws(GatehouseError) -> Tenant.ID? {
        if isEmpty { return nil }
        var named = hosts[request.host]
        if let parameter, let text = request.parameters[parameter] { try Self.add(text, to: &named) }
        guard let header else { return named }
        let values = fields[values: header]
        guard values.count < 2 else { throw GatehouseError(.malformedRequest, "The tenant's field \(header) was sent twice.") }
        if let text = values.first { try Self.add(text, to: &named) }
        return named
    }

    private static func add(_ text: String, to named: inout Tenant.ID?) throws(GatehouseError) {
        guard let tenant = try? Tenant.ID(validating: text), named == nil || named == tenant else {
            throw GatehouseError(.forbidden, "Host, path and header name different tenants, or one that cannot be.")
        }
        named = tenant
    }
}

extension Tenant.ID {
    /// Refuses a credential of another tenant than the request names.
    ///
    /// - Parameter owner: whose it is, for the audit trail.
    func requireNamed(_ named: Tenant.ID?, of owner: Principal? = nil) throws(GatehouseError) {
        guard let named, named != self else { return }
        throw GatehouseError(
            .forbidden, "The credential belongs to the tenant “\(self)”, the request names another.",
            cause: RefusedCredential(owner: owner?.identity, tenant: self, named: named))
    }
}
