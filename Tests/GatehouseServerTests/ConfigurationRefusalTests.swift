import GatehouseCore
import GatehouseServer
import Testing

@Suite struct ConfigurationRefusalTests {
    @Test(arguments: [
        ("server:\n  prot: 1", "server.prot (gatehouse.yaml:2) is no key: did you mean server.port."),
        ("nonsense_of_a_key: 1", "nonsense_of_a_key (gatehouse.yaml:1) is no key: see docs/configuration.md."),
        ("server.port: 1", "server.port (gatehouse.yaml:1) is no key: write the groups as maps within each other."),
        ("server: 1", "server (gatehouse.yaml:1) is a number, where a map of keys is wanted."),
        ("- a", "the file (gatehouse.yaml:1) is a list, where a map of keys is wanted."),
        ("server:\n  port:", "server.port (gatehouse.yaml:2) has no value: give one, or leave the key out."),
        ("server: { port: \"8000\" }", "server.port (gatehouse.yaml:1) is text, where a whole number from 0 to 65535 is wanted."),
        ("server: { port: 65536 }", "server.port (gatehouse.yaml:1) is not a whole number from 0 to 65535."),
        ("server: { port: 1e3 }", "server.port (gatehouse.yaml:1) is not a whole number from 0 to 65535."),
        ("server: { port: 99999999999999999999 }", "server.port (gatehouse.yaml:1) is not a whole number from 0 to 65535."),
        ("server: { port: [1] }", "server.port (gatehouse.yaml:1) is a list, where a whole number from 0 to 65535 is wanted."),
        (
            "server: { host: 1 }",
            "server.host (gatehouse.yaml:1) is a number, where text is wanted: put it in quotes if it is meant as text."
        ),
        (
            "server: { host: no }",
            "server.host (gatehouse.yaml:1) is a boolean, where text is wanted: put it in quotes if it is meant as text."
        ),
        ("server: { host: \"\" }", "server.host (gatehouse.yaml:1) is empty: give text, or leave the key out."),
        (
            "server: { trusted_proxies: 10.0.0.0/8 }",
            "server.trusted_proxies (gatehouse.yaml:1) is text, where a list is wanted: write [a, b]."
        ),
        (
            "server: { trusted_proxies: [10.0.0.0/33] }",
            "server.trusted_proxies (gatehouse.yaml:1) holds “10.0.0.0/33”, which is no address range: write it like 10.0.0.0/8 or fd00::/8."
        ),
        (
            "server: { public_url: \"http://app.example.com\" }",
            "server.public_url (gatehouse.yaml:1) is not https: browsers would send passwords and cookies in the clear; use https, or localhost in development."
        ),
        (
            "server: { public_url: \"https://app.example.com/x\" }",
            "server.public_url (gatehouse.yaml:1) is no URL of a scheme and a host: write it like https://app.example.com, without a path."
        ),
        (
            "store: postgres://user@host/db",
            "store (gatehouse.yaml:1) names PostgreSQL, which is not in this build: use sqlite:gatehouse.db."
        ),
        ("store: gatehouse.db", "store (gatehouse.yaml:1) is no store: write it like sqlite:gatehouse.db."),
        (
            "api: { mount: /a/../b }",
            "api.mount (gatehouse.yaml:1) is not a plain path: write it like /reports, with letters, digits and - . _ ~ only, without a slash at the end."
        ),
        (
            "api: { mount: / }",
            "api.mount (gatehouse.yaml:1) is not a plain path: write it like /reports, with letters, digits and - . _ ~ only, without a slash at the end."
        ),
        ("ui: \"streamlit 'run\"", "ui (gatehouse.yaml:1): The UI command ends inside ': close it."),
        (
            "ui: https://ui.internal",
            "ui (gatehouse.yaml:1) is an https URL, and this build speaks plain HTTP to upstreams: use http on a private network."
        ),
        (
            "ui: http://user:pass@ui.internal",
            "ui (gatehouse.yaml:1) is no URL of an upstream: write it like http://127.0.0.1:3000, without a path."
        ),
        (
            "ui: http://127.0.0.1:3000/app",
            "ui (gatehouse.yaml:1) is no URL of an upstream: write it like http://127.0.0.1:3000, without a path."
        ),
        (
            "ui_guard: { any_role: [] }",
            "ui_guard (gatehouse.yaml:1) cannot be used: A list of roles is empty: name at least one, or use .signedIn."
        ),
        (
            "ui_guard: { any: [public] }",
            "ui_guard (gatehouse.yaml:1) cannot be used: .public stands inside another policy: it opens a route alone or not at all."
        ),
        ("ui_guard: { role: [a] }", "ui_guard (gatehouse.yaml:1) has the rule role, which is none: write signed_in, public,"),
        ("ui_guard: everybody", "ui_guard (gatehouse.yaml:1) is no guard: write signed_in, public,"),
        (
            "ui_guard: { not: { not: { not: { not: { not: { not: { not: { not: { not: signed_in } } } } } } } } }",
            "ui_guard (gatehouse.yaml:1) is a guard nested more than 8 deep."
        ),
        ("ui_identity: assertion", "ui_identity (gatehouse.yaml:1) is none of headers, bearer, none: write one of them."),
        ("signing: none", "signing (gatehouse.yaml:1) is none of ES256, RS256, EdDSA, HS256: write one of them."),
        (
            "sessions: { cookie_idle: 30 }",
            "sessions.cookie_idle (gatehouse.yaml:1) is not a time from 1m to 365d, such as 30s, 15m, 12h or 30d."
        ),
        (
            "sessions: { cookie_idle: 1y }",
            "sessions.cookie_idle (gatehouse.yaml:1) is not a time from 1m to 365d, such as 30s, 15m, 12h or 30d."
        ),
        (
            "sessions: { cookie_idle: 9223372036854775807d }",
            "sessions.cookie_idle (gatehouse.yaml:1) is not a time from 1m to 365d, such as 30s, 15m, 12h or 30d."
        ),
        (
            "sessions: { cookie_idle: 13h }",
            "sessions.cookie_idle (gatehouse.yaml:1) is longer than sessions.cookie_absolute: make it shorter."
        ),
        (
            "upstreams: [{ path: /a, to: \"http://a:1\" }]",
            "upstreams[0].guard (gatehouse.yaml:1) is missing: an upstream has path, to and guard."
        ),
        (
            "upstreams:\n- path: /a\n  to: http://a:1\n  guard: public\n  gaurd: x",
            "upstreams[0].gaurd (gatehouse.yaml:5) is no key: did you mean guard."
        ),
        ("upstreams: /a", "upstreams (gatehouse.yaml:1) is text, where a list of maps is wanted."),
        (
            "upstreams: [{ path: /api/x, to: \"http://a:1\", guard: public }]",
            "upstreams (gatehouse.yaml:1) has an upstream at /api/x, which is Gatehouse's own: choose another path."
        ),
        (
            "ui: http://u:1\nupstreams: [{ path: /, to: \"http://a:1\", guard: public }]",
            "upstreams (gatehouse.yaml:2) has an upstream at /, where the UI is: remove one of them."
        ),
        ("server: &a { port: 1 }", "gatehouse.yaml:1 uses an anchor or alias (& or *): write the value out, or quote it if it is text."),
        ("a: 1\nb: *a", "gatehouse.yaml:2 uses an anchor or alias (& or *): write the value out, or quote it if it is text."),
        ("server:\n  port: 1\n  port: 2", "gatehouse.yaml:"),
        ("server: [", "gatehouse.yaml:"),
        ("? [a, b]\n: 1", "gatehouse.yaml:1 has a key that is not a plain word: use the keys of docs/configuration.md."),
        ("a: 1\n---\nb: 2", "gatehouse.yaml:"),
    ])
    func `a bad YAML file is refused with the key, the line and the remedy`(yaml: String, expected: String) {
        let message = refusal(yaml: yaml)
        #expect(message.hasPrefix(expected), "\(message)")
    }

    @Test func `every problem is named at once`() {
        let message = refusal(yaml: "server: { port: x }\nstor: y", environment: ["GATEHOUSE_LOG_LEVEL": "loud"], flags: ["--host": ""])
        #expect(message.split(separator: "\n").count == 4, "\(message)")
    }

    @Test func `flags and variables are named as such`() {
        #expect(refusal(flags: ["--port": "80a"]) == "server.port (the flag --port) is not a whole number from 0 to 65535.")
        #expect(
            refusal(environment: ["GATEHOUSE_SERVER_PORT": "+80"])
                == "server.port (the environment variable GATEHOUSE_SERVER_PORT) is not a whole number from 0 to 65535.")
        #expect(
            refusal(dotEnv: "#\n\nGATEHOUSE_SERVER_PORT=x")
                == "server.port (GATEHOUSE_SERVER_PORT in .env:3) is not a whole number from 0 to 65535.")
        #expect(
            refusal(environment: ["GATEHOUSE_SERVER_PROT": "1"])
                == "GATEHOUSE_SERVER_PROT (the environment variable GATEHOUSE_SERVER_PROT) is no setting: did you mean GATEHOUSE_SERVER_PORT."
        )
        #expect(refusal(dotEnv: "GATEHOUSE_NONSENSE=1").hasPrefix("GATEHOUSE_NONSENSE (GATEHOUSE_NONSENSE in .env:1) is no setting"))
    }

    @Test func `a file that is not there, not text or too large is refused`() throws {
        let files = try ConfigurationFiles()
        defer { files.remove() }
        #expect(throws: GatehouseError.self) {
            try Configuration.load(environment: [:], dotEnvPath: nil, yamlPath: "/nowhere/gatehouse.yaml")
        }
        #expect(throws: GatehouseError.self) {
            try Configuration.load(environment: ["GATEHOUSE_CONFIG": "/nowhere/gatehouse.yaml"], dotEnvPath: nil)
        }
        let binary = try files.write(.init([0xFF, 0xFE, 0x00]), to: "binary.yaml")
        #expect(throws: GatehouseError.self) { try Configuration.load(environment: [:], dotEnvPath: nil, yamlPath: binary) }
        #expect(refusal(yaml: String(repeating: "#\n", count: 600_000)) == "gatehouse.yaml:1 is larger than 1 MiB: make it smaller.")
        #expect(refusal(yaml: "ui: " + String(repeating: "[", count: 40) + String(repeating: "]", count: 40)).contains("levels deep"))
    }

    @Test func `a few lines of aliases that stand for gigabytes are refused at once`() {
        let bomb =
            "a: &a [x,x,x,x,x,x,x,x,x]\n"
            + "bcdefghijk".reduce(into: ("", "a")) { text, name in
                text.0 += "\(name): &\(name) [\(Array(repeating: "*\(text.1)", count: 9).joined(separator: ","))]\n"
                text.1 = String(name)
            }.0
        var message = ""
        let time = ContinuousClock().measure { message = refusal(yaml: bomb) }
        #expect(message.contains("anchor"))
        #expect(time < .seconds(2))
    }
}
