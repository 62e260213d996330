import Foundation
import Testing

/// `Examples/orders` as it was built, on the port that it has.
@Suite(.serialized) struct `The orders example` {
    private static let port = 8080
    private static let password = "a password for orders"

    /// Beside this test's own program.
    private static var program: URL {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("orders")
    }

    private static var isListening: Bool { (try? Wire(port: port)) != nil }

    private static func send(_ method: String, _ target: String, _ fields: [String], body: String = "") async throws -> Answer {
        let lines = ["\(method) \(target) HTTP/1.1", "Host: localhost:\(port)", "Content-Length: \(body.utf8.count)", "Connection: close"]
        let message = (lines + fields + ["", body]).joined(separator: "\r\n")
        return try await blocking {
            let wire = try Wire(port: port)
            try wire.send(message)
            return try wire.readAnswer()
        }
    }

    /// Runs the example in a folder of its own, with its output in the file `log` there, and ends it.
    private static func run(_ environment: [String: String], _ body: (_ folder: URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orders-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        try #require(try await eventually { !isListening }, "something else holds port \(port)")
        let process = Process()
        process.executableURL = program
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let output = folder.appendingPathComponent("log")
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        let log = try FileHandle(forWritingTo: output)
        (process.standardOutput, process.standardError) = (log, log)
        try process.run()
        defer { if process.isRunning { process.terminate() } }
        #expect(try await eventually { isListening || !process.isRunning })
        do {
            try await body(folder)
        } catch {
            Issue.record("\(error) \((try? String(contentsOf: output, encoding: .utf8)) ?? "")")
        }
        process.terminate()
        #expect(try await eventually { !process.isRunning })
        #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    }

    private static func signIn(_ password: String, new: String? = nil) async throws -> Answer {
        let change = new.map { #","new_password":"\#($0)""# } ?? ""
        let json = #"{"username":"admin","password":"\#(password)"\#(change)}"#
        return try await send("POST", "/api/auth/login", ["Content-Type: application/json"], body: json)
    }

    @Test(.timeLimit(.minutes(3))) func `serves orders to those who are signed in, and ends when it is told to`() async throws {
        try await Self.run(["GATEHOUSE_ADMIN_PASSWORD": Self.password]) { folder in
            #expect(try await Self.send("GET", "/orders", []).status == 401)
            let login = try await Self.signIn(Self.password)
            let token = try #require(login.json("access_token"), "\(login)")
            let bearer = try await Self.send("GET", "/orders", ["Authorization: Bearer \(token)"])
            #expect(bearer.text == "Orders of Administrator", "\(bearer)")
            let cookie = try await Self.send("GET", "/orders", ["Cookie: \(try #require(login.cookie))"])
            #expect(cookie.text == "Orders of Administrator", "\(cookie)")
            #expect(try await Self.send("POST", "/api/auth/logout", ["Authorization: Bearer \(token)"]).status == 204)
            #expect(try await Self.send("GET", "/orders", ["Authorization: Bearer \(token)"]).status == 401)
            let log = try String(contentsOf: folder.appendingPathComponent("log"), encoding: .utf8)
            #expect(!log.contains(Self.password) && !log.contains(token))
            #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent("orders.db.key").path))
        }
    }

    @Test(.timeLimit(.minutes(3))) func `leaves its first password in a file until it was changed`() async throws {
        try await Self.run(["GATEHOUSE_ADMIN_PASSWORD": ""]) { folder in
            let file = folder.appendingPathComponent("admin-password")
            let given = try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
            let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
            #expect(given.count >= 24 && mode == 0o600)
            let refused = try await Self.signIn(given)
            #expect(refused.status == 403 && refused.code == "password_change_required", "\(refused)")
            #expect(FileManager.default.fileExists(atPath: file.path))
            #expect(try await Self.signIn(given, new: Self.password).status == 200)
            #expect(!FileManager.default.fileExists(atPath: file.path))
            #expect(try await Self.signIn(Self.password).status == 200)
            let log = try String(contentsOf: folder.appendingPathComponent("log"), encoding: .utf8)
            #expect(!log.contains(given) && log.contains("admin-password"))
        }
    }

    @Test(.timeLimit(.minutes(3))) func `lists its routes and says how to use it without a store, and makes none`() async throws {
        try await Self.inFolder { folder in
            let routes = try await Self.output(["routes"], in: folder)
            #expect(routes.status == 0, "\(routes)")
            #expect(routes.printed.contains("GET\t/orders\tsigned in and permission orders.read\tsession access_token api_key\tapi"), "\(routes)")
            for arguments in [["--help"], ["help"], ["explain", "--help"], ["help", "explain"], ["serve", "--help"]] {
                let help = try await Self.output(arguments, in: folder)
                #expect(help.status == 0 && help.printed.contains("USAGE: orders"), "\(arguments) \(help)")
            }
            let refused: [([String], String)] = [
                (["bogus"], "bogus"), (["explain"], "method"), (["explain", "GET", "/", "--from", "here"], "--from"),
                (["explain", "GET", "/", "--header", "X-Tenant"], "--header"), (["explain", "GET", "/", "--token", "@missing"], "missing"),
                (["explain", "GET", "/", "--user", "a", "--token", "b"], "one of"),
            ]
            for (arguments, reason) in refused {
                let run = try await Self.output(arguments, in: folder)
                #expect(run.status == 64 && run.notes.contains(reason) && run.notes.contains("Usage:"), "\(arguments) \(run)")
            }
            let explanation = try await Self.output(["explain", "GET", "/orders", "--user", "admin"], in: folder)
            #expect(explanation.status == 1 && explanation.notes.contains("There is no database orders.db"), "\(explanation)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        }
    }

    @Test(.timeLimit(.minutes(3))) func `explains what a request would get, and leaves the store as it is`() async throws {
        try await Self.run(["GATEHOUSE_ADMIN_PASSWORD": Self.password]) { folder in
            func files() throws -> [String: Data] {
                var files: [String: Data] = [:]
                for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name != "log" && !name.hasSuffix("-shm") {
                    files[name] = try Data(contentsOf: folder.appendingPathComponent(name))
                }
                return files
            }
            let before = try files()
            let allowed = try await Self.output(["explain", "GET", "/orders", "--user", "admin", "--json"], in: folder)
            #expect(allowed.status == 0 && allowed.printed.contains(#""allowed" : true"#), "\(allowed)")
            let refused = try await Self.output(["explain", "GET", "/orders"], in: folder)
            #expect(refused.printed.contains("401 sign_in_required") && refused.printed.contains("WWW-Authenticate: Bearer"), "\(refused)")
            #expect(try await Self.output(["routes"], in: folder).status == 0)
            #expect(try files() == before)
        }
    }

    @Test(.timeLimit(.minutes(3))) func `says what keeps it from starting`() async throws {
        try await Self.inFolder { folder in
            try FileManager.default.createDirectory(at: folder.appendingPathComponent("orders.db"), withIntermediateDirectories: false)
            let run = try await Self.output([], in: folder)
            #expect(run.status == 1 && run.notes.contains("store_unavailable: "), "\(run)")
        }
    }

    private static func inFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orders-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    private struct Output {
        let status: Int32
        let printed: String
        let notes: String
    }

    /// What the example prints before it ends by itself.
    private static func output(_ arguments: [String], in folder: URL) async throws -> Output {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(["GATEHOUSE_ADMIN_PASSWORD": password]) { $1 }
        let (printed, notes) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (printed, notes)
        try process.run()
        let isOver = try await eventually { !process.isRunning }
        if !isOver { process.terminate() }
        #expect(isOver, "\(arguments) goes on")
        return Output(
            status: process.terminationStatus, printed: try await text(of: printed), notes: try await text(of: notes))
    }

    private static func text(of pipe: Pipe) async throws -> String {
        let handle = pipe.fileHandleForReading
        return String(decoding: try await blocking { try handle.readToEnd() ?? Data() }, as: UTF8.self)
    }
}
