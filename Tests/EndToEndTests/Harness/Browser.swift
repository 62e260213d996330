import Foundation

/// A headless Chromium with a profile of its own.
struct Browser: Sendable {
    private let driver: ChromeDriver
    private let path: String

    static func run<Result>(javaScript: Bool = true, _ body: (Browser) async throws -> Result) async throws -> Result {
        try await Folder.run { folder in
            try await ChromeDriver.run(in: folder) { driver in
                let session = try await driver.command("POST", "/session", json(capabilities(folder, javaScript)))
                guard let id = (session as? [String: Any])?["sessionId"] as? String else {
                    throw Failure("no WebDriver session: \(session)")
                }
                let browser = Browser(driver: driver, path: "/session/\(id)")
                do {
                    let result = try await body(browser)
                    _ = try await driver.command("DELETE", browser.path)
                    return result
                } catch {
                    _ = try? await driver.command("DELETE", browser.path)
                    throw error
                }
            }
        }
    }

    private static func capabilities(_ folder: Folder, _ javaScript: Bool) -> [String: Any] {
        let arguments = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--window-size=1000,800",
            "--user-data-dir=\(folder.file("profile"))",
        ]
        var options: [String: Any] = ["args": arguments]
        if !javaScript { options["prefs"] = ["profile.managed_default_content_settings.javascript": 2] }
        if let binary = Products.variable("GATEHOUSE_TEST_CHROMIUM") { options["binary"] = binary }
        return ["capabilities": ["alwaysMatch": ["goog:chromeOptions": options]]]
    }

    @discardableResult
    private func post(_ command: String, _ parameters: [String: Any] = [:]) async throws -> Any {
        try await driver.command("POST", path + command, Self.json(parameters))
    }

    private func text(_ command: String) async throws -> String {
        try await driver.command("GET", path + command) as? String ?? ""
    }

    func open(_ url: String) async throws { try await post("/url", ["url": url]) }

    /// Path of the page that is shown.
    func place() async throws -> String { URL(string: try await text("/url"))?.path ?? "" }

    func title() async throws -> String { try await text("/title") }

    /// The page as a person reads it.
    func read() async throws -> String {
        let body = try await element("body")
        return try await text("/element/\(body)/text")
    }

    /// Waits until the page shows `words`.
    func shows(_ words: String, within limit: Duration = .seconds(40)) async throws -> Bool {
        await soon(within: limit) { (try? await read().contains(words)) ?? false }
    }

    /// Waits until a page under `path` is shown.
    func arrives(at path: String) async throws -> Bool { await soon { (try? await place()) == path } }

    func element(_ selector: String) async throws -> String { try Self.id(of: try await post("/element", Self.find(selector))) }

    func elements(_ selector: String) async throws -> [String] {
        try (try await post("/elements", Self.find(selector)) as? [Any] ?? []).map(Self.id)
    }

    func type(_ text: String, into selector: String) async throws {
        let field = try await element(selector)
        try await post("/element/\(field)/clear")
        try await post("/element/\(field)/value", ["text": text])
    }

    /// Clicks an element as soon as it is there.
    func click(_ selector: String) async throws {
        guard await soon({ (try? await element(selector)) != nil }) else { throw Failure("there is no \(selector): \(try await read())") }
        try await post("/element/\(try await element(selector))/click")
    }

    /// What assistive technology is told about an element.
    func accessibleName(_ element: String) async throws -> String { try await text("/element/\(element)/computedlabel") }
    func accessibleRole(_ element: String) async throws -> String { try await text("/element/\(element)/computedrole") }
    func attribute(_ name: String, of selector: String) async throws -> String {
        try await text("/element/\(try await element(selector))/attribute/\(name)")
    }

    /// Names and values of the cookies for the page that is shown, those that scripts cannot see included.
    func cookies() async throws -> [String: String] {
        let cookies = try await driver.command("GET", path + "/cookie") as? [[String: Any]] ?? []
        return Dictionary(cookies.map { ($0["name"] as? String ?? "", $0["value"] as? String ?? "") }) { first, _ in first }
    }

    func run(_ script: String) async throws -> Any { try await post("/execute/sync", ["script": script, "args": [Any]()]) }

    /// Runs a script in every page before the page's own.
    func runFirst(_ script: String) async throws {
        try await post("/goog/cdp/execute", ["cmd": "Page.addScriptToEvaluateOnNewDocument", "params": ["source": script]])
    }

    /// Opens a further tab and goes there; gives the tab that was shown before.
    func openTab() async throws -> String {
        let previous = try await text("/window")
        let tab = (try await post("/window/new", ["type": "tab"]) as? [String: Any])?["handle"] as? String ?? ""
        try await show(tab: tab)
        return previous
    }

    func show(tab: String) async throws { try await post("/window", ["handle": tab]) }

    /// Keeps a picture of the page in the folder that `GATEHOUSE_TEST_SCREENSHOTS` names, if it names one.
    func keepPicture(_ name: String) async throws {
        guard let folder = Products.variable("GATEHOUSE_TEST_SCREENSHOTS") else { return }
        guard let picture = Data(base64Encoded: try await text("/screenshot")) else { throw Failure("no picture") }
        try picture.write(to: URL(fileURLWithPath: folder).appendingPathComponent("\(name).png"))
    }

    private static func find(_ selector: String) -> [String: Any] { ["using": "css selector", "value": selector] }

    private static func id(of reference: Any) throws -> String {
        guard let id = (reference as? [String: Any])?.values.first as? String else { throw Failure("no element reference") }
        return id
    }

    private static func json(_ value: [String: Any]) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: value), as: UTF8.self)
    }
}
