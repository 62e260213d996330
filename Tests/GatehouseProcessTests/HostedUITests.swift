import Foundation
import NIOCore
import NIOPosix
import Testing

@Suite struct HostedUITests {
    /// The processes of a hosted UI that answers.
    private func members(_ host: HostedUI) async throws -> [Int32] {
        let port = try await host.printed.line("port ")
        let members = [try await host.printed.process("ui | me "), try await host.printed.process("ui | child ")]
        let answered: Bool? = await eventually {
            let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            guard let channel = try? await bootstrap.connect(host: "127.0.0.1", port: Int(port) ?? 0).get() else { return nil }
            try? await channel.close()
            return true
        }
        #expect(answered == true)
        return members
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `a signal to the host ends the UI's whole group and the host exits with 0`(signal: Int32) async throws {
        let host = try HostedUI(try PythonUI.words())
        let members = try await members(host)
        host.send(signal)
        #expect(try await host.ended() == 0)
        #expect(await allEnd(members))
        #expect(host.printed.all("ui | goodbye").count == 1)
    }

    @Test(arguments: [[], ["--stubborn"]])
    func `kill -9 of the host ends the UI's whole group`(options: [String]) async throws {
        let host = try HostedUI(try PythonUI.words() + options)
        let members = try await members(host)
        let group = try await host.printed.process("ui | group ")
        host.send(SIGKILL)
        #expect(try await host.ended() == 128 + SIGKILL)
        #expect(await allEnd(members + [group]))
        let gone: Bool? = await eventually { kill(-group, 0) == 0 ? nil : true }
        #expect(gone == true)
    }

    @Test func `a host whose UI ends again and again, be it with 0, gives up and exits with 1`() async throws {
        let host = try HostedUI(["python3", "-c", "raise SystemExit(0)"])
        #expect(try await host.ended() == 1)
        #expect(try await host.printed.line("failed ").hasPrefix("ui_failed: The UI failed 3 times"))
    }

    @Test func `the secrets that the host knows are not in the UI's environment`() async throws {
        let host = try HostedUI(try PythonUI.words(), environment: ["HOST_SECRET": "hush-hush", "GATEHOUSE_STORE": "sqlite:hush-hush"])
        _ = try await members(host)
        let environment = try await host.printed.line("ui | environment ")
        #expect(!environment.contains("hush-hush"))
        host.send(SIGTERM)
        _ = try await host.ended()
    }
}
