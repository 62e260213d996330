import Foundation

/// A real Streamlit: `GATEHOUSE_TEST_STREAMLIT`, else one from PyPI in an environment of its own below `.build`.
enum Streamlit {
    /// The `--ui` command that shows the example.
    static func command() async throws -> String {
        "\"\(try await program.value)\" run \"\(Products.checkout.appendingPathComponent("Examples/streamlit/app.py").path)\" "
            + "--browser.gatherUsageStats=false"
    }

    /// Found or installed once for all tests.
    private static let program = Task { try await find() }

    private static func find() async throws -> String {
        if let given = Products.variable("GATEHOUSE_TEST_STREAMLIT") { return given }
        let build = Products.checkout.appendingPathComponent(".build").path
        let environment = "\(build)/test-venv-streamlit"
        let programs = ["\(build)/test-venv", environment].map { "\($0)/bin/streamlit" }
        if let program = programs.first(where: FileManager.default.isExecutableFile) { return program }
        try await Folder.run { folder in
            try await run(Products.variable("GATEHOUSE_TEST_PYTHON") ?? "python3", ["-m", "venv", environment], in: folder)
            try await run("\(environment)/bin/python", ["-m", "pip", "install", "--quiet", "streamlit"], in: folder)
        }
        return "\(environment)/bin/streamlit"
    }

    private static func run(_ program: String, _ arguments: [String], in folder: Folder) async throws {
        let pip = ProcessInfo.processInfo.environment.filter { $0.key.hasPrefix("PIP_") || $0.key.uppercased().hasSuffix("_PROXY") }
        let run = try Program("/usr/bin/env", [program] + arguments, in: folder, environment: pip, log: "install.log")
        let status = try await run.ended(within: .seconds(300))
        guard status == 0 else { throw Failure("\(program) \(arguments) ended with \(status):\n\(run.log.text)") }
    }
}
