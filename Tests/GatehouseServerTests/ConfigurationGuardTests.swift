import GatehouseCore
import GatehouseServer
import Testing

@Suite struct ConfigurationGuardTests {
    @Test(arguments: [
        ("own_session", Policy.ownSession), ("{ scope: orders.read }", .scope("orders.read")),
        ("{ methods: { GET: own_session, POST: { any: [own_session] } } }", .methods(["GET": .ownSession, "POST": .any(.ownSession)])),
        ("{ scopes: [a, b] }", .scopes("a", "b")),
        ("{ methods: { GET: [viewer] } }", .methods(["GET": .allRoles("viewer")])),
        ("{ methods: { GET: [viewer, auditor] } }", .methods(["GET": .allRoles("viewer", "auditor")])),
        (
            "{ methods: { GET: [viewer], POST: { any: [editor, admin] }, \"*\": signed_in } }",
            .methods(["GET": .allRoles("viewer"), "POST": .anyRole("editor", "admin"), "*": .signedIn])
        ),
        (
            "{ methods: { PUT: { permission: orders.write }, DELETE: { any: [{ any_role: [admin] }, { recent: 5m }] } } }",
            .methods(["PUT": .permission("orders.write"), "DELETE": .any(.anyRole("admin"), .recent(within: .seconds(300)))])
        ),
        ("{ all: [signed_in, { methods: { GET: signed_in } }] }", .all(.signedIn, .methods(["GET": .signedIn]))),
    ])
    func `a guard is read`(yaml: String, expected: Policy) throws {
        #expect(try load(yaml: "ui_guard: \(yaml)").uiGuard == expected)
        #expect(try load(environment: ["GATEHOUSE_UI_GUARD": yaml]).uiGuard == expected)
    }

    @Test(arguments: [
        ("{ methods: {} }", "ui_guard (gatehouse.yaml:1) cannot be used: A map of methods is empty"),
        ("{ methods: [GET] }", "ui_guard (gatehouse.yaml:1) has methods as a list, where a map of methods is wanted."),
        ("{ methods: signed_in }", "ui_guard (gatehouse.yaml:1) has methods as text, where a map of methods is wanted."),
        ("{ methods: { get: [viewer] } }", "ui_guard (gatehouse.yaml:1) cannot be used: “get” is no method"),
        ("{ methods: { HEAD: [viewer] } }", "ui_guard (gatehouse.yaml:1) cannot be used: A map of methods names HEAD"),
        ("{ methods: { GET: [] } }", "ui_guard (gatehouse.yaml:1) cannot be used: A list of roles is empty"),
        ("{ methods: { GET: { any: [] } } }", "ui_guard (gatehouse.yaml:1) cannot be used: A list of roles is empty"),
        ("{ methods: { GET: public } }", "ui_guard (gatehouse.yaml:1) cannot be used: .public stands inside a map of methods"),
        ("{ methods: { GET: viewer } }", "ui_guard (gatehouse.yaml:1) is no guard: write signed_in,"),
        ("{ methods: { GET: } }", "ui_guard (gatehouse.yaml:1) is no guard: write signed_in,"),
        ("{ methods: { GET: true } }", "ui_guard (gatehouse.yaml:1) is no guard: write signed_in,"),
        ("{ methods: { GET: [1] } }", "ui_guard (gatehouse.yaml:1) is a number, where a name is wanted"),
        ("{ methods: { GET: [{ any: [viewer] }] } }", "ui_guard (gatehouse.yaml:1) is a map, where a name is wanted"),
        ("{ methods: { GET: { any: viewer } } }", "ui_guard (gatehouse.yaml:1) is text, where a list of guards is wanted"),
        ("{ methods: { GET: { any: [signed_in, viewer] } } }", "ui_guard (gatehouse.yaml:1) is no guard: write signed_in,"),
        ("{ methods: { GET: { any: [viewer, own_session] } } }", "ui_guard (gatehouse.yaml:1) is no guard: write signed_in,"),
        ("{ methods: { GET: { any: [public] } } }", "ui_guard (gatehouse.yaml:1) cannot be used: .public stands inside another policy"),
        ("{ methods: { GET: { some: [viewer] } } }", "ui_guard (gatehouse.yaml:1) has the rule some, which is none"),
        ("{ methods: { GET: { any: [a], all: [b] } } }", "ui_guard (gatehouse.yaml:1) is no guard"),
        ("{ methods: { GET: [viewer], GET: signed_in } }", "gatehouse.yaml:1 gives GET more than once: keep one of them."),
        ("{ methods: { GET: [viewer] }, any_role: [a] }", "ui_guard (gatehouse.yaml:1) is no guard"),
        ("{ scope: [a] }", "ui_guard (gatehouse.yaml:1) is a list, where a scope is wanted"),
        ("{ scope: 'a b' }", "ui_guard (gatehouse.yaml:1) holds “a b”, which is no scope"),
        ("{ tenant: tenant }", "ui_guard (gatehouse.yaml:1) judges {tenant}, which is no part of the path"),
    ])
    func `an unknown shape of a guard is refused and never open`(yaml: String, expected: String) {
        let message = refusal(yaml: "ui_guard: \(yaml)")
        #expect(message.hasPrefix(expected), "\(message)")
    }

    @Test func `guards lie on paths`() throws {
        let guards = try load(
            yaml: """
                ui: http://ui:1
                upstreams: [{ path: /reports, to: "http://a:1", guard: signed_in }]
                guards:
                  - { path: /reports/admin, guard: { any_role: [admin] } }
                  - path: /of/{tenant}/orders
                    guard: { all: [{ tenant: tenant }, { methods: { GET: [viewer] } }] }
                  - { path: /, guard: { scope: ui } }
                """
        ).guards
        #expect(guards.map(\.path) == ["/reports/admin", "/of/{tenant}/orders", "/"])
        #expect(guards.map(\.guard) == [.anyRole("admin"), .all(.tenant("tenant"), .methods(["GET": .allRoles("viewer")])), .scope("ui")])
    }

    @Test(arguments: [
        ("[{ path: /a }]", "guards[0].guard (gatehouse.yaml:2) is missing: a guard has path and guard."),
        ("[{ path: /a, guard: public }]", "guards[0].guard (gatehouse.yaml:2) is public, and guards of paths only narrow"),
        ("[{ path: a, guard: signed_in }]", "guards[0].path (gatehouse.yaml:2) is not a plain path"),
        ("[{ path: /a/, guard: signed_in }]", "guards[0].path (gatehouse.yaml:2) is not a plain path"),
        ("[{ path: '/a/*', guard: signed_in }]", "guards[0].path (gatehouse.yaml:2) is not a plain path"),
        ("[{ path: '/{}', guard: signed_in }]", "guards[0].path (gatehouse.yaml:2) is not a plain path"),
        ("[{ path: '/{a}/{a}', guard: signed_in }]", "guards[0].path (gatehouse.yaml:2) is not a plain path"),
        ("[{ path: '/a{b}', guard: signed_in }]", "guards[0].path (gatehouse.yaml:2) is not a plain path"),
        ("[{ path: '/t/{a}', guard: { tenant: b } }]", "guards[0].guard (gatehouse.yaml:2) judges {b}, which the path does not hold"),
        ("[{ path: /api/x, guard: signed_in }]", "guards (gatehouse.yaml:2) has a guard at /api/x, which is Gatehouse's own"),
        ("[{ path: /auth, guard: signed_in }]", "guards (gatehouse.yaml:2) has a guard at /auth, which is Gatehouse's own"),
        ("[{ path: /a, guard: signed_in }, { path: /a, guard: signed_in }]", "guards (gatehouse.yaml:2) has two guards at /a"),
        ("[{ path: /a, guard: signed_in }, { path: /A/b, guard: signed_in }]", "guards (gatehouse.yaml:2) has a guard at /a beside /A/b"),
        (
            "[{ path: '/{tenant}/orders', guard: signed_in }, { path: /acme, guard: signed_in }]",
            "guards (gatehouse.yaml:2) has a guard at /{tenant}/orders beside /acme, and one path can mean both"
        ),
        ("[{ path: '/{tenant}', guard: signed_in }]\nupstreams: [{ path: /r, to: 'http://a', guard: public }]", "guards (gatehouse.yaml:2) has"),
    ])
    func `a bad guard of a path is refused`(yaml: String, expected: String) {
        let message = refusal(yaml: "ui: http://ui:1\nguards: \(yaml)")
        #expect(message.hasPrefix(expected), "\(message)")
    }

    @Test func `a guard where nothing answers is refused`() {
        #expect(
            refusal(yaml: "upstreams: [{ path: /r, to: 'http://a', guard: public }]\nguards: [{ path: /x, guard: signed_in }]")
                == "guards (gatehouse.yaml:2) has a guard at /x, where neither the UI nor an upstream is: correct the path.")
        #expect(
            refusal(yaml: "upstreams: [{ path: /r, to: 'http://a', guard: { tenant: t } }]")
                .hasPrefix("upstreams[0].guard (gatehouse.yaml:1) judges {t}, which is no part of the path"))
    }
}
