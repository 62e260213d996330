import Foundation
import GatehouseCore
import GatehouseProxy
import GatehouseServer
import GatehouseTokens
import Testing

@Suite struct ConfigurationTests {
    @Test func `nothing given means the documented defaults`() throws {
        let configuration = try load()
        #expect(configuration.server.host == "127.0.0.1")
        #expect(configuration.server.port == 8000)
        #expect(configuration.server.publicURL == nil)
        #expect(configuration.server.trustedProxies.isEmpty)
        #expect(configuration.store == .sqlite(path: "gatehouse.db"))
        #expect(configuration.api.mount == "/api")
        #expect(configuration.ui == nil)
        #expect(configuration.uiGuard == .signedIn)
        #expect(configuration.sessions.cookieIdle == .seconds(1800))
        #expect(configuration.sessions.tokenAbsolute == .seconds(30 * 86_400))
        #expect(configuration.signing == .ES256)
        #expect(configuration.provenance.isEmpty)
        #expect(configuration.secretEnvironmentNames.isEmpty)
    }

    @Test func `every key of the example is read`() throws {
        let configuration = try load(
            yaml: """
                server:
                  host: 0.0.0.0
                  port: 9000
                  public_url: https://app.example.com/
                  trusted_proxies: [10.0.0.0/8, "fd00::/8"]
                  drain_timeout: 45s
                  limits: { header_bytes: 65536, head_timeout: 5s }
                store: sqlite:///var/lib/gatehouse/gatehouse.db
                api: { mount: /v2/api }
                ui: streamlit run "my app.py" --server.port {port}
                ui_guard: { any: [{ any_role: [analyst] }, { permission: reports.read }] }
                ui_identity: headers
                upstreams:
                  - path: /reports
                    to: http://127.0.0.1:3000
                    guard: { any_role: [analyst, editor] }
                    identity: none
                    service_worker: true
                    timeouts: { connect: 2s, first_byte: 1h, idle: 30d }
                  - { path: /open/pages, to: "http://[::1]", guard: public }
                sessions: { cookie_idle: 1h, cookie_absolute: 1d, token_idle: 2h, token_absolute: 3h }
                passwords: { memory_kib: 65536, iterations: 3, threads: 4, queue: 100 }
                throttling: { free_failures: 3, first_delay: 2s, longest_delay: 1h }
                signing: EdDSA
                tokens: { access_lifetime: 5m, issuer: "https://id.example.com", audience: orders, leeway: 0s }
                log: { level: debug, format: json }
                """)
        #expect(configuration.server.host == "0.0.0.0")
        #expect(configuration.server.publicURL == Origin("https://app.example.com"))
        #expect(configuration.server.trustedProxies.map(\.description) == ["10.0.0.0/8", "fd00::/8"])
        #expect(configuration.server.drainTimeout == .seconds(45))
        #expect(configuration.server.limits.headerBytes == 65_536)
        #expect(configuration.store == .sqlite(path: "/var/lib/gatehouse/gatehouse.db"))
        #expect(configuration.api.mount == "/v2/api")
        #expect(configuration.ui == .command(try UICommand(words: ["streamlit", "run", "my app.py", "--server.port", "{port}"])))
        #expect(configuration.uiGuard == .any(.anyRole("analyst"), .permission("reports.read")))
        #expect(configuration.effectiveUIIdentity == .headers)
        #expect(configuration.upstreams.map(\.path) == ["/reports", "/open/pages"])
        #expect(configuration.upstreams.map { $0.to?.description } == ["http://127.0.0.1:3000", "http://[::1]:80"])
        #expect(configuration.upstreams.map(\.guard) == [.anyRole("analyst", "editor"), .public])
        #expect(configuration.upstreams.map(\.identity) == [.none, .headers])
        #expect(configuration.upstreams.map(\.serviceWorker) == [true, false])
        #expect(configuration.upstreams[0].timeouts.idle == .seconds(30 * 86_400))
        #expect(configuration.sessions.cookieAbsolute == .seconds(86_400))
        #expect(configuration.passwords.memoryKiB == 65_536)
        #expect(configuration.throttling.longestDelay == .seconds(3600))
        #expect(configuration.signing == .EdDSA)
        #expect(configuration.tokens.issuer == "https://id.example.com")
        #expect(configuration.tokens.leeway == .zero)
        #expect(configuration.log.level == .debug)
    }

    @Test func `a flag goes before the environment, that before .env, that before YAML`() throws {
        let yaml = "server: { host: yaml, port: 1 }\nstore: sqlite:yaml.db\nui: http://yaml:1"
        let dotEnv = "GATEHOUSE_SERVER_HOST=dotenv\nGATEHOUSE_SERVER_PORT=2\nexport GATEHOUSE_STORE='sqlite:dotenv.db'"
        let environment = ["GATEHOUSE_SERVER_HOST": "environment", "GATEHOUSE_SERVER_PORT": "3"]
        let configuration = try load(yaml: yaml, dotEnv: dotEnv, environment: environment, flags: ["--port": "4"])
        #expect(configuration.server.port == 4)
        #expect(configuration.server.host == "environment")
        #expect(configuration.store == .sqlite(path: "dotenv.db"))
        #expect(configuration.ui == .url(try load(yaml: "ui: http://yaml:1").upstreamOfUI()))
        #expect(configuration.provenance["server.port"] == .flag("--port"))
        #expect(configuration.provenance["server.host"] == .environment("GATEHOUSE_SERVER_HOST"))
        #expect(configuration.provenance["store"]?.description.hasSuffix(".env:3") == true)
        #expect(configuration.provenance["ui"]?.description.hasSuffix("gatehouse.yaml:3") == true)
        #expect(configuration.provenance["signing"] == nil)
    }

    @Test func `lists in the environment are separated by commas, and a variable without text counts as not given`() throws {
        let configuration = try load(
            yaml: "server: { port: 7 }",
            environment: [
                "GATEHOUSE_SERVER_TRUSTED_PROXIES": "10.0.0.0/8, ::1", "GATEHOUSE_SERVER_PORT": "", "GATEHOUSE_UI": "gradio app.py",
                "GATEHOUSE_UI_GUARD": "{ any_role: [analyst] }", "GATEHOUSE_SESSIONS_COOKIE_IDLE": "15m",
                "GATEHOUSE_UPSTREAMS": "[{ path: /a, to: \"http://a:1\", guard: public }]",
            ])
        #expect(configuration.server.trustedProxies.count == 2)
        #expect(configuration.server.port == 7)
        #expect(configuration.uiGuard == .anyRole("analyst"))
        #expect(configuration.upstreams.map(\.path) == ["/a"])
        #expect(configuration.effectiveUIIdentity == .bearer)
        #expect(configuration.sessions.cookieIdle == .seconds(900))
    }

    @Test func `the variables that Kubernetes makes for a service called gatehouse are left alone`() throws {
        let configuration = try load(environment: [
            "GATEHOUSE_SERVICE_HOST": "10.0.0.1", "GATEHOUSE_SERVICE_PORT_HTTP": "80", "GATEHOUSE_PORT": "tcp://10.0.0.1:80",
            "GATEHOUSE_PORT_80_TCP_ADDR": "10.0.0.1", "GATEHOUSE_API_URL": "http://127.0.0.1:1",
        ])
        #expect(configuration.provenance.isEmpty)
    }

    @Test func `serve wants an https public URL and dev wants loopback`() throws {
        for yaml in ["", "server: { public_url: http://localhost:8000 }"] {
            let configuration = try load(yaml: yaml)
            let error = #expect(throws: GatehouseError.self) { try configuration.check(for: .serve) }
            #expect(error?.code == .publicURLRequired)
            #expect(error?.message.contains("gatehouse dev") == true)
            try configuration.check(for: .development)
        }
        let open = try load(yaml: "server: { host: 0.0.0.0, public_url: https://app.example.com }")
        try open.check(for: .serve)
        let error = #expect(throws: GatehouseError.self) { try open.check(for: .development) }
        #expect(error?.message.contains("gatehouse.yaml:1) is not loopback") == true)
    }

    @Test func `the configuration's page is what the tables of keys say`() throws {
        let page = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../docs/configuration.md").standardized
        #expect(try String(contentsOf: page, encoding: .utf8) == ConfigurationReference.markdown())
    }
}

extension Configuration {
    func upstreamOfUI() throws -> UpstreamAddress {
        guard case .url(let address) = ui else { throw GatehouseError(.internalError, "not a URL") }
        return address
    }
}
