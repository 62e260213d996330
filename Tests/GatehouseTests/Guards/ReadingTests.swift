import Gatehouse
import HTTPTypes
import Hummingbird
import Testing

@Suite struct `A path that somebody reads in another way` {
    @Sendable private static func upstream(_ authorized: consuming AuthorizedRequest, _: Request, _: BasicIdentityContext) -> Response {
        Response(status: .ok, body: .init(byteBuffer: .init(string: "upstream \(authorized.request.target)")))
    }

    @Test func `is never judged for one tenant and served for another`() async throws {
        let routes: @Sendable (TestRouter) throws -> Void = {
            $0.forward("{org}/{tenant}", requiring: .tenant("tenant"), address: "ui") { Self.upstream($0, $1, $2) }
        }
        try await Site.with(routes: routes) { site in
            let person = try await site.signIn()
            #expect(try await site.get("/x/default/data", ["Authorization": person.bearer]).status == 200)
            #expect(try await site.get("/x/other/data", ["Authorization": person.bearer]).status == 403)
            for target in ["/x%2Fother/default/data", "/x%252Fother/default/data", "//x/default/data", "/x/default;other/data"] {
                let answer = try await site.get(target, ["Authorization": person.bearer])
                #expect(answer.status == 400, "\(target): \(answer)")
            }
        }
    }

    @Test func `does not slip past a literal with upper-case letters`() async throws {
        let routes: @Sendable (TestRouter) throws -> Void = {
            $0.forward("Admin", requiring: .anyRole("admin"), address: "admin") { Self.upstream($0, $1, $2) }
            $0.forward("", requiring: .public, address: "ui") { Self.upstream($0, $1, $2) }
        }
        try await Site.with(routes: routes) { site in
            for target in ["/admin", "/ADMIN/x", "/admin/x", "/%61dmin"] {
                let answer = try await site.get(target)
                #expect(answer.status == 400 && answer.code == "ambiguous_path", "\(target): \(answer)")
            }
            #expect(try await site.get("/Admin/x").status == 401)
            #expect(try await site.get("/other").status == 200)
        }
    }

    @Test func `is refused at start where two routes differ in letter case alone`() async throws {
        let routes: @Sendable (TestRouter) throws -> Void = {
            $0.open("Things").get { _, _ in "" }
            $0.open("things").get { _, _ in "" }
        }
        await #expect(throws: GatehouseError.self) { try await Site.with(routes: routes) { _ in } }
    }

    @Test func `under the API or the pages never reaches a wider route`() async throws {
        let routes: @Sendable (TestRouter) throws -> Void = {
            $0.forward("", requiring: .public, address: "ui") { Self.upstream($0, $1, $2) }
        }
        try await Site.with(pages: false, routes: routes) { site in
            let person = try await site.signIn()
            #expect(try await site.get("/api/unknown").status == 401)
            #expect(try await site.get("/api/unknown", ["Authorization": person.bearer]).status == 404)
            #expect(try await site.send("DELETE", "/api/v1/auth/me", ["Authorization": person.bearer]).status == 405)
            #expect(try await site.get("/api").status == 401)
            #expect(try await site.get("/apix").text == "upstream /apix")
        }
    }
}
