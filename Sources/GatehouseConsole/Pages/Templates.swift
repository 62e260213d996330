import Gatehouse
import Hummingbird
import Mustache

/// The pages as Mustache templates, which escape every value.
struct Templates: Sendable {
    private let library: MustacheLibrary
    private let title: String

    init(title: String) throws {
        var library = MustacheLibrary()
        for (name, text) in Self.texts { library.register(try MustacheTemplate(string: text), named: name) }
        self.library = library
        self.title = title
    }

    /// The page `name`; throws `internal_error` if there is no such template.
    func page(_ name: String, _ values: [String: any Sendable], status: HTTPResponse.Status = .ok) throws(GatehouseError) -> Response {
        guard let html = library.render(values.merging(["site": title]) { $1 } as [String: Any], withTemplate: name) else {
            throw GatehouseError(.internalError, "There is no template “\(name)”.")
        }
        return Page.make(html, status: status)
    }

    private static let texts = [
        "layout": """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="robots" content="noindex">
        <title>{{$title}}Sign in{{/title}} · {{site}}</title>
        <link rel="stylesheet" href="/auth/style.css">
        </head>
        <body>
        <main>
        <p class="site">{{site}}</p>
        {{$main}}{{/main}}
        </main>
        </body>
        </html>
        """,
        "alert": "{{#message}}<p class=\"alert\" role=\"alert\">{{message}}</p>{{/message}}",
        "sign-in": """
        {{<layout}}{{$title}}Sign in{{/title}}{{$main}}
        <h1>Sign in</h1>
        {{>alert}}
        <form method="post" action="/auth/sign-in">
        <input type="hidden" name="return_to" value="{{returnTo}}">
        <label for="username">User name or e-mail</label>
        <input id="username" name="username" value="{{username}}" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus>
        <label for="password">Password</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required>
        <button type="submit">Sign in</button>
        </form>
        {{/main}}{{/layout}}
        """,
        "sign-out": """
        {{<layout}}{{$title}}Sign out{{/title}}{{$main}}
        <h1>Sign out</h1>
        {{>alert}}
        <p>You are signed in as <strong>{{name}}</strong>.</p>
        <form method="post" action="/auth/sign-out">
        <input type="hidden" name="csrf_token" value="{{csrf}}">
        <button type="submit">Sign out</button>
        </form>
        <p><a href="/">Back</a></p>
        {{/main}}{{/layout}}
        """,
        "password": """
        {{<layout}}{{$title}}Change password{{/title}}{{$main}}
        <h1>Change password</h1>
        {{>alert}}
        <form method="post" action="/auth/password">
        <input type="hidden" name="csrf_token" value="{{csrf}}">
        <input type="hidden" name="return_to" value="{{returnTo}}">
        {{#asksName}}<label for="username">User name or e-mail</label>
        <input id="username" name="username" value="{{username}}" autocomplete="username" autocapitalize="none" spellcheck="false" required>{{/asksName}}
        {{^asksName}}<input type="hidden" name="username" value="{{username}}" autocomplete="username">{{/asksName}}
        <label for="password">Current password</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required>
        <label for="new">New password, at least 12 characters</label>
        <input id="new" name="new_password" type="password" autocomplete="new-password" minlength="12" maxlength="128" required>
        <label for="again">New password again</label>
        <input id="again" name="again" type="password" autocomplete="new-password" minlength="12" maxlength="128" required>
        <button type="submit">Change password</button>
        </form>
        {{/main}}{{/layout}}
        """,
        "welcome": """
        {{<layout}}{{$title}}Welcome{{/title}}{{$main}}
        <h1>Welcome</h1>
        {{#name}}<p>You are signed in as <strong>{{name}}</strong>.</p>
        <p><a href="/auth/password">Change password</a> · <a href="/auth/sign-out">Sign out</a></p>{{/name}}
        {{^name}}<p><a href="/auth/sign-in">Sign in</a></p>{{/name}}
        <p>This gateway has no UI yet. Start it with <code>--ui</code> and the address or the command of one.</p>
        {{/main}}{{/layout}}
        """,
    ]
}
