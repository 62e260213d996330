import Gatehouse
import Testing

@Suite struct `The pages for a password and to sign out` {
    private static let new = "another long phrase"

    private func change(
        _ site: Site, _ cookie: String?, csrf: String = "", current: String = Site.password, new: String = new, again: String? = nil,
        name: String = ""
    ) async throws -> Answer {
        let form: KeyValuePairs = [
            "csrf_token": csrf, "return_to": "/next", "username": name, "password": current, "new_password": new, "again": again ?? new,
        ]
        return try await site.post("/auth/password", form: form, cookie.map { ["Cookie": $0] } ?? [:])
    }

    @Test func `change one's own password, end the other sessions and renew the cookie`() async throws {
        try await Site.with(pages: true) { site in
            let (person, other) = (try await site.signIn(), try await site.signIn())
            let page = try await site.get("/auth/password", ["Cookie": person.cookie])
            let csrf = try #require(page.formValue("csrf_token"))
            #expect(csrf == person.csrf && page.formValue("username") == "ada" && page.text.contains("type=\"hidden\" name=\"username\""))
            let answer = try await change(site, person.cookie, csrf: csrf)
            #expect(answer.status == 303 && answer["Location"] == "/next", "\(answer)")
            let renewed = try #require(answer.cookie)
            #expect(renewed != person.cookie)
            #expect(try await site.isSignedIn(cookie: renewed))
            #expect(try await !site.isSignedIn(cookie: other.cookie))
            #expect(try await !site.isSignedIn(bearer: other.bearer))
            site.clock.advance(.seconds(11))
            #expect(try await !site.isSignedIn(cookie: person.cookie))
            _ = try await site.signIn("ada", Self.new)
        }
    }

    @Test func `want the form's own token and the current password`() async throws {
        try await Site.with(pages: true) { site in
            let (person, other) = (try await site.signIn(), try await site.signIn())
            for csrf in ["", "x", other.csrf] {
                let answer = try await change(site, person.cookie, csrf: csrf)
                #expect(answer.status == 403 && answer.code == "csrf_failed" && answer["Set-Cookie"] == nil, "\(answer)")
            }
            let wrong = try await change(site, person.cookie, csrf: person.csrf, current: "wrong")
            #expect(wrong.status == 401 && wrong.text.contains("role=\"alert\"") && wrong.formValue("csrf_token") == person.csrf, "\(wrong)")
            let short = try await change(site, person.cookie, csrf: person.csrf, new: "short")
            #expect(short.status == 422 && short.text.contains("Use at least 12 characters."), "\(short)")
            let different = try await change(site, person.cookie, csrf: person.csrf, again: "yet another phrase")
            #expect(different.status == 422 && different.text.contains("The two new passwords are not the same."))
            let same = try await change(site, person.cookie, csrf: person.csrf, new: Site.password)
            #expect(same.status == 422)
            #expect(![wrong, short, different, same].contains { $0.text.contains(Site.password) || $0.text.contains("yet another") })
            #expect(try await site.isSignedIn(cookie: person.cookie))
            _ = try await site.signIn()
        }
    }

    @Test func `change a password before the first sign-in where that is asked for`() async throws {
        try await Site.with(pages: true) { site in
            try await site.gate.accounts.users.setPassword(Secret("given by somebody"), of: site.ada.id, mustChange: true, in: .everyTenant)
            let form: KeyValuePairs = ["return_to": "/next", "username": "ada", "password": "given by somebody"]
            let asked = try await site.post("/auth/sign-in", form: form)
            #expect(asked.status == 200 && asked["Set-Cookie"] == nil && asked.text.contains("Choose a new password"), "\(asked)")
            #expect(asked.formValue("username") == "ada" && asked.formValue("return_to") == "/next" && !asked.text.contains("given by somebody"))
            let short = try await change(site, nil, current: "given by somebody", new: "short", name: "ada")
            #expect(short.status == 422 && short.formValue("username") == "ada")
            let wrong = try await change(site, nil, current: "wrong", name: "ada")
            #expect(wrong.status == 401 && wrong["Set-Cookie"] == nil)
            let answer = try await change(site, nil, current: "given by somebody", name: "ada")
            #expect(answer.status == 303 && answer["Location"] == "/next", "\(answer)")
            #expect(try await site.isSignedIn(cookie: try #require(answer.cookie)))
        }
    }

    @Test func `sign out with a form of ours and with nothing else`() async throws {
        try await Site.with(pages: true) { site in
            let (person, other) = (try await site.signIn(), try await site.signIn())
            let page = try await site.get("/auth/sign-out", ["Cookie": person.cookie])
            let csrf = try #require(page.formValue("csrf_token"))
            #expect(page.status == 200 && page.text.contains("Ada") && csrf == person.csrf)
            for (form, fields): (KeyValuePairs<String, String>, Site.Fields) in [
                ([:], ["Cookie": person.cookie]), (["csrf_token": other.csrf], ["Cookie": person.cookie]),
                (["csrf_token": csrf], ["Cookie": person.cookie, "Origin": "https://evil.example"]),
                (["csrf_token": csrf], ["Cookie": person.cookie, "Origin": "null"]),
            ] {
                let answer = try await site.post("/auth/sign-out", form: form, fields)
                #expect(answer.status == 403 && answer["Set-Cookie"] == nil, "\(answer)")
            }
            #expect(try await site.isSignedIn(cookie: person.cookie))
            let out = try await site.post("/auth/sign-out", form: ["csrf_token": csrf], ["Cookie": person.cookie])
            #expect(out.status == 303 && out["Location"] == "/auth/sign-in" && out.cookie == "gatehouse=", "\(out)")
            #expect(try await !site.isSignedIn(cookie: person.cookie))
            #expect(try await !site.isSignedIn(bearer: person.bearer))
            let again = try await site.post("/auth/sign-out", form: ["csrf_token": csrf], ["Cookie": person.cookie])
            #expect(again.status == 303)
            #expect(try await site.get("/auth/sign-out")["Location"] == "/auth/sign-in")
        }
    }

    @Test func `take no cookie away at another site's wish`() async throws {
        try await Site.with(pages: true) { site in
            // SameSite keeps the cookie back, so the request looks like anybody's; the answer must not clear what was not sent.
            let answer = try await site.post("/auth/sign-out", form: ["x": "y"], ["Origin": "https://evil.example"])
            #expect(answer.status == 403 && answer["Set-Cookie"] == nil, "\(answer)")
        }
    }

    @Test func `know people by their cookie alone`() async throws {
        try await Site.with(pages: true) { site in
            let person = try await site.signIn()
            for bearer in [person.bearer, "Bearer \(try await site.delegatedToken(of: person))"] {
                let page = try await site.get("/auth/sign-out", ["Authorization": bearer])
                #expect(page.status == 303 && !page.text.contains(person.csrf), "\(page)")
                let password = try await site.get("/auth/password", ["Authorization": bearer])
                #expect(!password.text.contains(person.csrf) && !password.text.contains("value=\"ada\""))
                _ = try await site.post("/auth/sign-out", form: ["csrf_token": person.csrf], ["Authorization": bearer])
                #expect(try await site.isSignedIn(cookie: person.cookie))
                let form: KeyValuePairs = [
                    "csrf_token": person.csrf, "password": Site.password, "new_password": Self.new, "again": Self.new,
                ]
                let change = try await site.post("/auth/password", form: form, ["Authorization": bearer])
                #expect(change.status == 401 && change["Set-Cookie"] == nil, "\(change)")
            }
            _ = try await site.signIn()
        }
    }
}
