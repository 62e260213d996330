import Foundation

/// The program that drives Chromium over the W3C WebDriver protocol.
struct ChromeDriver: Sendable {
    let port: Int

    static func run<Result>(in folder: Folder, _ body: (ChromeDriver) async throws -> Result) async throws -> Result {
        let path = Products.variable("GATEHOUSE_TEST_CHROMEDRIVER") ?? "/usr/bin/chromedriver"
        let program = try Program(path, ["--port=0"], in: folder, log: "chromedriver.log")
        defer { program.send(SIGKILL) }
        let started = await eventually { program.log.text.firstMatch(of: /successfully on port ([0-9]+)/).flatMap { Int($0.1) } }
        guard let port = started else { throw Failure("chromedriver did not start: \(program.log.text)") }
        let result = try await body(ChromeDriver(port: port))
        program.send(SIGTERM)
        try await program.ended()
        return result
    }

    /// One command; gives the member `value` of the answer as JSON.
    func command(_ method: String, _ path: String, _ parameters: String? = nil) async throws -> Any {
        let wire = try await Wire.connect(port: port)
        await wire.wait(.seconds(60))
        let fields = ["Connection": "close", "Content-Type": "application/json"]
        let answer = try await wire.exchange(method, path, port: port, fields, body: method == "POST" ? parameters ?? "{}" : nil)
        await wire.close()
        let value = answer.object["value"] ?? NSNull()
        guard answer.status == 200 else {
            let error = value as? [String: Any]
            throw WebDriverError(
                code: error?["error"] as? String ?? "\(answer.status)", message: error?["message"] as? String ?? answer.text)
        }
        return value
    }
}

/// An error that the protocol names, such as `no such element`.
struct WebDriverError: Error { let code: String, message: String }
