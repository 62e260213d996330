import Testing

@Suite struct PathGuardTests {
    @Test func `guards of paths narrow what the upstream's guard admits, the longest deciding, by method and by tenant`() async throws {
        try await Folder.run { folder in
            try await Upstream.run(answer: Upstream.echo) { port in
                try folder.write(
                    """
                    ui: http://127.0.0.1:\(port)
                    ui_guard: signed_in
                    upstreams: [{ path: /open, to: "http://127.0.0.1:\(port)", guard: public }]
                    guards:
                      - { path: /admin, guard: { any_role: [admin] } }
                      - { path: /admin/help, guard: { any_role: [viewer] } }
                      - { path: /orders, guard: { methods: { GET: [viewer], POST: { any: [editor, admin] } } } }
                      - { path: "/of/{tenant}", guard: { tenant: tenant } }
                      - { path: /open/inner, guard: signed_in }
                    """, to: "gatehouse.yaml")
                try await Gateway.run(in: folder, environment: Gateway.withAdmin) { gateway in
                    try await CommandRun.lines("roles", "define", "viewer", "--permission", "orders.read", in: folder)
                    try await CommandRun.lines("users", "create", "vera", "--role", "viewer", "--password-stdin", in: folder, input: Gateway.password)
                    let admin = try await gateway.signIn().bearer
                    let viewer = try await gateway.signIn("vera").bearer
                    func status(_ method: String, _ path: String, _ fields: [String: String]) async throws -> Int {
                        try await gateway.send(method, path, fields, body: method == "POST" ? "" : nil).status
                    }
                    let expected: [(String, String, [String: String], Int)] = [
                        ("GET", "/", viewer, 200), ("GET", "/", [:], 401), ("GET", "/admin", viewer, 403), ("GET", "/admin/x", viewer, 403),
                        ("GET", "/admin/x", admin, 200), ("GET", "/admin/help", admin, 403), ("GET", "/admin/help/me", viewer, 200),
                        ("GET", "/administration", viewer, 200), ("GET", "/orders", viewer, 200), ("HEAD", "/orders/1", viewer, 200),
                        ("POST", "/orders", viewer, 403), ("POST", "/orders", admin, 200), ("DELETE", "/orders/1", admin, 403),
                        ("GET", "/of/default/x", viewer, 200), ("GET", "/of/acme/x", viewer, 403), ("GET", "/of/acme", admin, 403),
                        ("GET", "/open/x", [:], 200), ("GET", "/open/inner", [:], 401), ("GET", "/open/inner/x", viewer, 200),
                        ("GET", "/Admin", viewer, 400), ("GET", "/admin%2Fx", viewer, 400), ("GET", "/admin;x/y", viewer, 400),
                        ("GET", "//admin", viewer, 400),
                    ]
                    for (method, path, fields, wanted) in expected {
                        #expect(try await status(method, path, fields) == wanted, "\(method) \(path)")
                    }
                    let routes = try await CommandRun.lines("routes", in: folder)
                    #expect(routes.contains { $0.contains("/admin/**") && $0.contains("any role of admin") })
                    #expect(routes.contains { $0.contains("/of/{tenant}/**") })
                }
            }
        }
    }
}
