import Foundation
import GatehouseCore
import GatehouseServer
import GatehouseTokens
import Testing

private let publicKey = """
    -----BEGIN PUBLIC KEY-----
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMKBCTNIcKUSDii11ySs3526iDZ8A
    iTo7Tu6KPAqv7D7gS2XpJFbZiItSs3m9+9Ue6GnvHw/GW2ZZaVtszggXIw==
    -----END PUBLIC KEY-----
    """
private let jwk =
    #"{"kty":"EC","crv":"P-256","kid":"a","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#
private let digest = String(repeating: "0f", count: 32)

@Suite struct ConfigurationCredentialTests {
    @Test func `every key of an issuer is read`() throws {
        let issuers = try load(
            yaml: """
                issuers:
                  - issuer: https://login.example.com
                    id: corp
                    audience: [orders, "urn:orders"]
                    jwks_url: https://login.example.com/keys?v=1
                    algorithms: [RS256, ES256]
                    types: [at+jwt]
                    requires_type: true
                    leeway: 1m
                    roles_claim: realm_access.roles
                    role_prefix: "orders:"
                    roles_map: { engineers: [editor, viewer], boss: [admin] }
                    scope_claim: scp
                    scope_prefix: "api."
                    tenant: acme
                    tenant_claim: org.id
                    name_claim: display_name
                    email_claim: mail
                    trusts_email: true
                """
        ).issuers
        let issuer = try #require(issuers.first)
        #expect(issuers.count == 1)
        #expect(issuer.issuer == "https://login.example.com")
        #expect(issuer.id == "corp")
        #expect(issuer.audience == ["orders", "urn:orders"])
        #expect(issuer.jwksURL == "https://login.example.com/keys?v=1")
        #expect(issuer.algorithms == [.RS256, .ES256])
        #expect(issuer.types == ["at+jwt"])
        #expect(issuer.requiresType)
        #expect(issuer.leeway == .seconds(60))
        #expect(issuer.rolesClaim == "realm_access.roles")
        #expect(issuer.rolePrefix == "orders:")
        #expect(issuer.rolesMap == ["engineers": ["editor", "viewer"], "boss": ["admin"]])
        #expect(issuer.scopeClaim == "scp")
        #expect(issuer.scopePrefix == "api.")
        #expect(issuer.tenant == "acme")
        #expect(issuer.tenantClaim == "org.id")
        #expect(issuer.nameClaim == "display_name")
        #expect(issuer.emailClaim == "mail")
        #expect(issuer.trustsEmail)
    }

    @Test func `an issuer's keys are PEM, a JWK, a key set, an HMAC secret or a URL`() throws {
        let files = try ConfigurationFiles()
        defer { files.remove() }
        let pem = try files.write(publicKey, to: "key.pem")
        let secret = String(repeating: "s", count: 64)
        for keys in [
            "public_key: { file: \(pem) }", "public_key: '\(jwk)'", "public_key: '{\"keys\":[\(jwk)]}'", "hs256_secret: \(secret)",
            "hs384_secret: { env: SHARED }", "hs512_secret: { env: SHARED }", "jwks_url: http://127.0.0.1:9/keys",
            "jwks_url: http://localhost/keys", "jwks_url: 'http://[::1]:80/keys'",
        ] {
            let configuration = try load(yaml: "issuers: [{ issuer: x, audience: [a], \(keys) }]", environment: ["SHARED": secret])
            #expect(configuration.issuers.count == 1, "\(keys)")
        }
        let hidden = try load(
            yaml: "issuers: [{ issuer: x, audience: [a], hs256_secret: { env: SHARED } }]",
            environment: ["SHARED": secret, "GATEHOUSE_ISSUERS": "[]"])
        #expect(hidden.secretEnvironmentNames == ["SHARED"])
    }

    @Test(arguments: [
        ("{ issuer: x }", "issuers[0].audience (gatehouse.yaml:1) is missing: an issuer has issuer and audience."),
        ("{ issuer: x, audience: a, jwks_url: 'https://a' }", "issuers[0].audience (gatehouse.yaml:1) is text, where a list is wanted"),
        ("{ issuer: x, audience: [], jwks_url: 'https://a' }", "issuers[0].audience (gatehouse.yaml:1) is empty: name whom"),
        ("{ issuer: x, audience: [a] }", "issuers[0].issuer (gatehouse.yaml:1) has no keys: give one of jwks_url,"),
        (
            "{ issuer: x, audience: [a], jwks_url: 'https://a', hs256_secret: abc }",
            "issuers[0].hs256_secret (gatehouse.yaml:1) stands beside jwks_url: give one of"
        ),
        (
            "{ issuer: x, audience: [a], hs256_secret: hunter2-hunter2 }",
            "issuers[0].hs256_secret (gatehouse.yaml:1) cannot be used: The secret for HS256 has 15 bytes; give at least 32 random bytes."
        ),
        (
            "{ issuer: x, audience: [a], hs512_secret: 0123456789abcdef0123456789abcdef0123456789abcdef }",
            "issuers[0].hs512_secret (gatehouse.yaml:1) cannot be used: The secret for HS512 has 48 bytes; give at least 64 random bytes."
        ),
        (
            "{ issuer: x, audience: [a], public_key: nonsense }",
            "issuers[0].public_key (gatehouse.yaml:1) cannot be used: The PEM holds no public key"
        ),
        (
            "{ issuer: x, audience: [a], public_key: '{\"kty\":\"oct\",\"k\":\"AAAA\"}' }",
            "issuers[0].public_key (gatehouse.yaml:1) cannot be used: A JWK to verify with holds the private member"
        ),
        ("{ issuer: x, audience: [a], jwks_url: 'http://login.example.com/keys' }", "issuers[0].jwks_url (gatehouse.yaml:1) is not https:"),
        ("{ issuer: x, audience: [a], jwks_url: 'https://u:p@h/keys' }", "issuers[0].jwks_url (gatehouse.yaml:1) is no URL:"),
        ("{ issuer: x, audience: [a], jwks_url: 'https://h/k#f' }", "issuers[0].jwks_url (gatehouse.yaml:1) is no URL:"),
        ("{ issuer: x, audience: [a], jwks_url: 'file:///etc/passwd' }", "issuers[0].jwks_url (gatehouse.yaml:1) is no URL:"),
        ("{ issuer: x, audience: [a], jwks_url: 'https://a', algorithms: [none] }", "issuers[0].algorithms (gatehouse.yaml:1) is none of"),
        ("{ issuer: x, audience: [a], jwks_url: 'https://a', algorithms: [] }", "issuers[0].algorithms (gatehouse.yaml:1) is empty"),
        (
            "{ issuer: x, audience: [a], jwks_url: 'https://a', algorithms: [HS256] }",
            "issuers[0].algorithms (gatehouse.yaml:1) holds HS256, which the keys of jwks_url cannot do: leave it out."
        ),
        (
            "{ issuer: x, audience: [a], public_key: '\(jwk)', algorithms: [ES256, RS256] }",
            "issuers[0].algorithms (gatehouse.yaml:1) holds RS256, which the keys of public_key cannot do: leave it out."
        ),
        ("{ issuer: x, audience: [a], jwks_url: 'https://a', types: [] }", "issuers[0].types (gatehouse.yaml:1) is empty"),
        ("{ issuer: x, audience: [a], jwks_url: 'https://a', leeway: 1h }", "issuers[0].leeway (gatehouse.yaml:1) is not a time from 0s to 5m"),
        (
            "{ issuer: x, audience: [a], jwks_url: 'https://a', id: local }",
            "issuers[0].id (gatehouse.yaml:1) is the name of accounts or keys of our own"
        ),
        ("{ issuer: x, audience: [a], jwks_url: 'https://a', id: 'a b' }", "issuers[0].id (gatehouse.yaml:1) is no name"),
        (
            "{ issuer: x, audience: [a], jwks_url: 'https://a', roles_map: { a: [b] } }",
            "issuers[0].roles_map (gatehouse.yaml:1) has no effect without roles_claim"
        ),
        (
            "{ issuer: x, audience: [a], jwks_url: 'https://a', roles_claim: r, roles_map: { a: b } }",
            "issuers[0].roles_map (gatehouse.yaml:1) holds “a”, which is text, where a list is wanted"
        ),
        (
            "{ issuer: x, audience: [a], jwks_url: 'https://a', roles_claim: r, roles_map: { a: [b c] } }",
            "issuers[0].roles_map (gatehouse.yaml:1) holds “a”, which holds “b c”, which is no role"
        ),
        ("{ issuer: x, audience: [a], jwks_url: 'https://a', roles_claim: a..b }", "issuers[0].roles_claim (gatehouse.yaml:1) is no claim"),
        ("{ issuer: x, audience: [a], jwks_url: 'https://a', tenant: 'a,b' }", "issuers[0].tenant (gatehouse.yaml:1) holds “a,b”"),
        ("{ issuer: x, audience: [a], jwk_url: 'https://a' }", "issuers[0].jwk_url (gatehouse.yaml:1) is no key: did you mean jwks_url."),
    ])
    func `a bad issuer is refused with the key, the line and the remedy`(issuer: String, expected: String) {
        let message = refusal(yaml: "issuers: [\(issuer)]")
        #expect(message.hasPrefix(expected), "\(message)")
        #expect(!message.contains("hunter2"))
    }

    @Test func `our own issuer, one issuer twice and one id for two issuers are refused`() throws {
        let one = "issuer: https://a, audience: [a], jwks_url: 'https://a'"
        #expect(
            refusal(yaml: "server: { public_url: 'https://a' }\nissuers: [{ \(one) }]")
                == "issuers (gatehouse.yaml:2) has https://a, which is the issuer of our own tokens: remove it.")
        #expect(refusal(yaml: "tokens: { issuer: 'https://a' }\nissuers: [{ \(one) }]").contains("the issuer of our own tokens"))
        let twice = "issuers (gatehouse.yaml:1) has https://a more than once: give each of them a tenant of its own."
        #expect(refusal(yaml: "issuers: [{ \(one) }, { \(one) }]") == twice)
        #expect(refusal(yaml: "issuers: [{ \(one), tenant: t }, { \(one) }]") == twice)
        #expect(refusal(yaml: "issuers: [{ \(one), tenant: t }, { \(one), tenant: t }]") == twice)
        #expect(try load(yaml: "issuers: [{ \(one), tenant: t }, { \(one), tenant: u }]").issuers.count == 2)
        let other = "issuer: https://b, audience: [a], jwks_url: 'https://b'"
        #expect(
            refusal(yaml: "issuers: [{ \(one), id: corp }, { \(other), id: corp }]")
                == "issuers (gatehouse.yaml:1) has several issuers with the id corp: give each an id of its own.")
    }

    @Test func `fixed keys are read, and their digests are bytes`() throws {
        let keys = try load(
            yaml: """
                api_keys:
                  - { name: metrics, sha256: "\(digest)", scopes: [metrics.read], tenant: acme }
                  - { name: none, sha256: "\(digest.dropLast(2))AB", scopes: [] }
                """
        ).apiKeys
        #expect(keys.map(\.name) == ["metrics", "none"])
        #expect(keys[0].sha256 == [UInt8](repeating: 15, count: 32))
        #expect(keys[1].sha256.last == 0xAB)
        #expect(keys.map(\.scopes) == [["metrics.read"], []])
        #expect(keys.map(\.tenant) == ["acme", nil])
    }

    @Test(arguments: [
        ("[{ name: a, scopes: [] }]", "api_keys[0].sha256 (gatehouse.yaml:1) is missing: a key has name, sha256 and scopes."),
        ("[{ name: a, sha256: \(digest) }]", "api_keys[0].scopes (gatehouse.yaml:1) is missing"),
        ("[{ name: a, sha256: '\(digest)0', scopes: [] }]", "api_keys[0].sha256 (gatehouse.yaml:1) is not 64 hexadecimal digits"),
        ("[{ name: a, sha256: '\(digest.dropLast())g', scopes: [] }]", "api_keys[0].sha256 (gatehouse.yaml:1) is not 64 hexadecimal digits"),
        ("[{ name: a, sha256: 'é\(digest.dropLast(2))', scopes: [] }]", "api_keys[0].sha256 (gatehouse.yaml:1) is not 64 hexadecimal"),
        ("[{ name: a, sha256: '\(digest)', scopes: ['a b'] }]", "api_keys[0].scopes (gatehouse.yaml:1) holds “a b”, which is no scope"),
        ("[{ name: 'a b', sha256: '\(digest)', scopes: [] }]", "api_keys[0].name (gatehouse.yaml:1) is no name"),
        ("[{ name: a, key: secret, sha256: '\(digest)', scopes: [] }]", "api_keys[0].key (gatehouse.yaml:1) is no key"),
        (
            "[{ name: a, sha256: '\(digest)', scopes: [] }, { name: b, sha256: '\(digest.uppercased())', scopes: [] }]",
            "api_keys (gatehouse.yaml:1) has the same key as a and b: remove one."
        ),
        (
            "[{ name: a, sha256: '\(digest)', scopes: [] }, { name: a, sha256: '\(digest.dropLast(2))00', scopes: [] }]",
            "api_keys (gatehouse.yaml:1) has several keys named a: give each a name of its own."
        ),
    ])
    func `a bad fixed key is refused`(keys: String, expected: String) {
        let message = refusal(yaml: "api_keys: \(keys)")
        #expect(message.hasPrefix(expected), "\(message)")
    }

    @Test func `Basic and the proxy header are off, and every key of theirs is read`() throws {
        let plain = try load()
        #expect(!plain.basic)
        #expect(plain.proxyHeader.header == nil)
        let configuration = try load(
            yaml: """
                server: { trusted_proxies: [10.0.0.0/8, 127.0.0.1] }
                basic: true
                proxy_header:
                  header: X-Remote-User
                  provider: corp-sso
                  require_https: false
                  secret: 0123456789abcdef
                  secret_header: X-Proxy-Proof
                  create: { enabled: true, roles: [viewer], tenant: acme, suffixes: ["@example.com"] }
                """)
        #expect(configuration.basic)
        let proxy = configuration.proxyHeader
        #expect(proxy.header == "X-Remote-User")
        #expect(proxy.provider == "corp-sso")
        #expect(!proxy.requireHTTPS)
        #expect(proxy.secret?.expose { $0 } == "0123456789abcdef")
        #expect(proxy.secretHeader == "X-Proxy-Proof")
        #expect(proxy.create.enabled)
        #expect(proxy.create.roles == ["viewer"])
        #expect(proxy.create.tenant == "acme")
        #expect(proxy.create.suffixes == ["@example.com"])
    }

    @Test(arguments: [
        ("proxy_header: { header: X-Remote-User }", "proxy_header.header (gatehouse.yaml:1) is believed from nobody"),
        ("proxy_header: { provider: p }", "proxy_header.provider (gatehouse.yaml:1) has no effect without proxy_header.header"),
        ("proxy_header: { create: { enabled: yes } }", "proxy_header.create.enabled (gatehouse.yaml:1) is neither true nor false"),
        ("proxy_header: { header: Authorization }", "proxy_header.header (gatehouse.yaml:1) is a header with a meaning of its own"),
        ("proxy_header: { header: X_Remote_User }", "proxy_header.header (gatehouse.yaml:1) is no header"),
        (
            "proxy_header: { header: X-U }\nserver: { trusted_proxies: [127.0.0.0/8] }",
            "proxy_header.header (gatehouse.yaml:1) would be believed from every program of this machine"
        ),
        (
            "proxy_header: { header: X-U }\nserver: { trusted_proxies: ['::/0'] }",
            "proxy_header.header (gatehouse.yaml:1) would be believed from every program of this machine"
        ),
        (
            "proxy_header: { header: X-U, secret: hunter2 }\nserver: { trusted_proxies: [10.0.0.1] }",
            "proxy_header.secret (gatehouse.yaml:1) is shorter than 16 characters"
        ),
        (
            "proxy_header: { header: X-U, secret: 0123456789abcdef, secret_header: x-u }\nserver: { trusted_proxies: [10.0.0.1] }",
            "proxy_header.secret_header (gatehouse.yaml:1) is the header of the user too"
        ),
        (
            "proxy_header: { header: X-U, provider: local }\nserver: { trusted_proxies: [10.0.0.1] }",
            "proxy_header.provider (gatehouse.yaml:1) is the name of Gatehouse's own accounts"
        ),
        ("basic: 1", "basic (gatehouse.yaml:1) is neither true nor false"),
    ])
    func `a bad proxy header is refused`(yaml: String, expected: String) {
        let message = refusal(yaml: yaml)
        #expect(message.hasPrefix(expected), "\(message)")
        #expect(!message.contains("hunter2"))
    }

    @Test func `tenants are read with their hosts, from the environment too`() throws {
        let list = "[{ id: acme, name: 'Acme Ltd', hosts: [acme.example.com, 'ACME.example.org:8443'] }, { id: other }]"
        let fromFile = try load(yaml: "tenants: { header: X-Tenant, parameter: tenant, list: \(list) }").tenants
        let fromVariables = try load(environment: [
            "GATEHOUSE_TENANTS_HEADER": "X-Tenant", "GATEHOUSE_TENANTS_PARAMETER": "tenant", "GATEHOUSE_TENANTS_LIST": list,
        ]).tenants
        for tenants in [fromFile, fromVariables] {
            #expect(tenants.header == "X-Tenant")
            #expect(tenants.parameter == "tenant")
            #expect(tenants.list.map(\.id) == ["acme", "other"])
            #expect(tenants.list.map(\.name) == ["Acme Ltd", nil])
            #expect(tenants.list[0].hosts.map(\.description) == ["acme.example.com", "acme.example.org:8443"])
        }
    }

    @Test(arguments: [
        ("tenants: [acme]", "tenants (gatehouse.yaml:1) is a list, where a map of keys is wanted."),
        ("tenants: { list: [{ name: x }] }", "tenants.list[0].id (gatehouse.yaml:1) is missing: a tenant has id."),
        ("tenants: { list: [{ id: 'a b' }] }", "tenants.list[0].id (gatehouse.yaml:1) holds “a b”, which is no tenant"),
        ("tenants: { list: [{ id: a, hosts: ['https://a'] }] }", "tenants.list[0].hosts (gatehouse.yaml:1) holds “https://a”, which is no host"),
        ("tenants: { list: [{ id: a }, { id: a }] }", "tenants.list (gatehouse.yaml:1) has the tenant a more than once"),
        (
            "tenants: { list: [{ id: a, hosts: [h] }, { id: b, hosts: [H] }] }",
            "tenants.list (gatehouse.yaml:1) has the host h more than once: give it to one tenant."
        ),
        (
            "server: { public_url: 'https://h' }\ntenants: { list: [{ id: a, hosts: [h] }] }",
            "tenants.list (gatehouse.yaml:2) gives the host of server.public_url to a"
        ),
        ("tenants: { header: Cookie }", "tenants.header (gatehouse.yaml:1) is a header with a meaning of its own"),
        ("tenants: { parameter: '{t}' }", "tenants.parameter (gatehouse.yaml:1) is no name of a parameter"),
    ])
    func `bad tenants are refused`(yaml: String, expected: String) {
        let message = refusal(yaml: yaml)
        #expect(message.hasPrefix(expected), "\(message)")
    }

    @Test func `the rotation of signing keys is a time or never`() throws {
        #expect(try load().signingRotation.every == .seconds(90 * 86_400))
        let configuration = try load(yaml: "signing_rotation: { every: 7d, publish: 1h }")
        #expect(configuration.signingRotation.every == .seconds(7 * 86_400))
        #expect(configuration.signingRotation.publish == .seconds(3600))
        #expect(try load(yaml: "signing_rotation: { every: 0s }").signingRotation.every == .zero)
        #expect(refusal(yaml: "signing_rotation: { every: never }").hasPrefix("signing_rotation.every (gatehouse.yaml:1) is not a time from"))
        #expect(
            refusal(yaml: "signing_rotation: { every: 1h, publish: 1h }")
                == "signing_rotation.publish (gatehouse.yaml:1) is not shorter than signing_rotation.every: make it shorter.")
    }
}
