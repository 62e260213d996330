import Gatehouse
import HTTPTypes
import Hummingbird
import NIOCore

/// An HTML page of ours, with the headers that each of them carries.
enum Page {
    static func make(_ html: String, status: HTTPResponse.Status) -> Response {
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
            .contentSecurityPolicy:
                "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ]
        for (name, value) in [("X-Frame-Options", "DENY"), ("Referrer-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin")] {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: html)))
    }

    /// 303: whatever came before, the browser now asks with GET.
    static func redirect(to place: String, cookie: String? = nil) -> Response {
        var response = Response(status: .seeOther, headers: [.location: place, .cacheControl: "no-store"])
        if let cookie { response.headers.append(HTTPField(name: .setCookie, value: cookie)) }
        return response
    }

    static var stylesheet: Response {
        Response(
            status: .ok, headers: [.contentType: "text/css; charset=utf-8", .cacheControl: "public, max-age=3600"],
            body: .init(byteBuffer: ByteBuffer(string: style)))
    }

    private static let style = """
        :root { color-scheme: light dark; --line: #8a94a6; --text: #1c2430; --back: #f4f6f9; --card: #fff; --accent: #1f5fbf; --alert: #a3121f }
        @media (prefers-color-scheme: dark) {
          :root { --line: #5c6779; --text: #e8ecf2; --back: #12161c; --card: #1b2129; --accent: #8ab6ff; --alert: #ff9aa2 }
        }
        body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--back) }
        main { max-width: 24rem; margin: 12vh auto; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem }
        .site { margin: 0; font-weight: 600 }
        h1 { font-size: 1.4rem; margin: .25rem 0 1rem }
        label { display: block; margin: 1rem 0 .25rem }
        input { box-sizing: border-box; width: 100%; padding: .6rem; font: inherit; color: inherit; background: var(--back); border: 1px solid var(--line); border-radius: .3rem }
        button { margin-top: 1.5rem; width: 100%; padding: .7rem; font: inherit; font-weight: 600; color: var(--card); background: var(--accent); border: 0; border-radius: .3rem }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
        a { color: var(--accent) }
        .alert { padding: .6rem .8rem; color: var(--alert); border: 1px solid currentColor; border-radius: .3rem }
        @media (max-width: 30rem) { main { margin: 0 auto; border: 0 } }
        """
}
