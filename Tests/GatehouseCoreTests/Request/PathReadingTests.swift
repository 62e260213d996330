import GatehouseCore
import Testing

/// What a path can mean to one server or another.
@Suite struct PathReadingTests {
    /// Whether some reading is `/a/b/…`, for a literal compared as the route table compares it.
    private func canMean(_ raw: String, _ path: String) throws -> Bool {
        let segments = path.split(separator: "/").map(String.init)
        return try CanonicalPath(raw).readings.contains {
            $0.segments == segments || ($0.foldsCase && $0.segments.map { $0.lowercased() } == segments.map { $0.lowercased() })
        }
    }

    @Test(arguments: [
        "/admin/x", "/admin/x/", "//admin/x", "///admin//x", "/ADMIN/x", "/Admin/X", "/%61dmin/x", "/%2Fadmin/x", "/admin%2Fx", "/admin%2fx%2f",
        "/admin;a/x", "/admin;/x;b=c",
        "/admin%3Ba/x", "/;/admin/x", "/;a/admin/x", "/admin/;/x", "/admin/x;", "/admin/x%3Fy", "/admin/x%3fy/z", "/admin/x;y%3Fz", "/%2561dmin/x",
        "/admin%252Fx", "/%252Fadmin/x",
        "/admin/x%253Fy", "/admin%253By/x", "/%252561dmin/x", "/%25252561dmin/x", "/admin%20/x", "/%20admin/x", "/admin/x%20", "/admin./x",
        "/admin/x.", "/admin..%20./x",
        "/admin%2e/x", "/%20/admin/x", "/admin/x%2520", "/ADMIN.;y//x%20", "/adm%C4%B1n/x", "/adm%C4%B0n/x", "/%EF%BD%81dmin/x", "/%EF%BC%A1dmin/x",
        "//host/admin/x",
        "//user:pw@host:80/admin/x", "///host/admin/x", "/%2Fhost/admin/x", "//host//admin/x", "//host/%61dmin/X",
    ]) func `a spelling of the path that some server accepts is one of its readings`(_ raw: String) throws {
        #expect(try canMean(raw, "/admin/x"))
    }

    @Test func `letters whose other case is ASCII are folded`() throws {
        #expect(try canMean("/%E2%84%AAey", "/key"))
        #expect(try canMean("/%C5%BFecret", "/secret"))
        #expect(try canMean("/K", "/k"))
        #expect(try canMean("/%C3%89t%C3%A9", "/été"))
    }

    @Test func `an escape that could have stood bare is also read as it stands`() throws {
        #expect(try canMean("/%61dmin", "/%61dmin"))
        #expect(try canMean("/a/%40me", "/a/%40me"))
        #expect(try canMean("/a/%40me", "/a/@me"))
        #expect(try canMean("/%7Euser/b%20c", "/%7euser/b c"))
        #expect(try CanonicalPath("/caf%C3%A9/a%20b%25").readings.count == 1, "these have no other spelling")
    }

    @Test func `the first reading is the path as sent, decoded once`() throws {
        for (raw, segments) in [
            ("/a%2Fb/C;d", ["a/b", "C;d"]), ("/a%252Fb", ["a%2Fb"]), ("//a//", ["", "a", ""]), ("/%40me", ["@me"]), ("/a%3Fb.%20", ["a?b. "]),
            ("/", []), ("/A/", ["A"]),
        ] {
            let reading = try CanonicalPath(raw).readings[0]
            #expect(reading.segments == segments)
            #expect(!reading.foldsCase)
        }
    }

    @Test func `an honest path is not read as something else`() throws {
        for (raw, other) in [
            ("/admins", "/admin"), ("/a/admin", "/admin"), ("/adm.in", "/admin"), ("/adm%20in", "/admin"), ("/admin,x", "/admin"),
            ("/host/admin", "/admin"),
        ] {
            #expect(try !canMean(raw, other), "\(raw)")
        }
    }

    @Test func `readings differ from each other and are at most 64; what has more is refused`() throws {
        let many = "//A%252Fb;x%3Fc/%20d./%2561%40%2Fe"
        let error = #expect(throws: GatehouseError.self) { try CanonicalPath(many + "/%25253Bf") }
        #expect(error?.code == .malformedRequest)
        for raw in ["/A%252Fb", "/A%252Fb;x%3Fc", "//A%2Fb;x/%20d", "/proxy/https%3A%2F%2FExample.com%2Fa%3Fb%3Dc"] {
            let readings = try CanonicalPath(raw).readings
            #expect((2...64).contains(readings.count), "\(raw): \(readings.count)")
            #expect(Set(readings).count == readings.count, "\(raw)")
        }
    }

    @Test func `a route parameter is settled where every reading has it alike`() throws {
        for (raw, index) in [
            ("/t/acme/x", 1), ("/t/acme/a%2Fb//c", 1), ("/t/acme/A;b", 1), ("/T/acme", 1), ("/t/a%3Ab/x", 1), ("/t/%61cme", 1), ("/t/caf%C3%A9", 1),
            ("/t/ACME", 1),
        ] {
            #expect(try CanonicalPath(raw).isSettled(at: index), "\(raw)")
        }
        for (raw, index) in [
            ("/x%2Fa/b/data", 1), ("/;x/b/a", 1), ("//b/a", 1), ("/t/a;b", 1), ("/t/a%2561", 1), ("/t/a%2Fb", 1), ("/t/a.", 1), ("/t/a%20/x", 1),
            ("/t/a%3Fb", 1), ("/x%3F/b", 1),
            ("/t", 1), ("/t/A%2Fb", 5),
        ] {
            #expect(try !CanonicalPath(raw).isSettled(at: index), "\(raw)")
        }
    }
}
