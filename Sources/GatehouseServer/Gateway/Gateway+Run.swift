import Gatehouse
import GatehouseProxy
import GatehouseSQLite
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import UnixSignals

extension Gateway {
    /// Runs until SIGINT or SIGTERM: then no new connection is taken, requests in flight are answered, and the UI ends last.
    ///
    /// - Parameter announce: hears where the gateway listens once it does.
    /// Throws what could not be started, and `ui_failed` when the UI was given up.
    public func run(announce: @escaping @Sendable (String) -> Void = { _ in }) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let store = try configuration.openStore()
        let gate = try await gate(store: store)
        try await makeTenants(gate.accounts.tenants)
        let apiPort = try await configuration.isUISupervised ? ReadinessProbe.freePort(group) : nil
        let ui = try await ui(apiPort: apiPort, group: group)
        let router = try router(gate, ui: ui.upstream, uiCheck: ui.check)
        var services: [any Service] = ui.process.map { [$0] } ?? []
        if let apiPort { services.append(try gate.privateApplication(router, port: apiPort)) }
        services.append(
            try gate.application(router, host: configuration.server.host, port: configuration.server.port) { channel in
                announce("http://\(Self.address(of: channel, or: configuration.server.host))")
            })
        try await serviceGroup(services).run()
    }

    /// Those of the settings that are not there yet; of several gateways one makes each.
    private func makeTenants(_ tenants: Tenants) async throws(GatehouseError) {
        for settings in configuration.tenants.list {
            guard try await tenants.find(settings.id) == nil else { continue }
            do throws(GatehouseError) {
                try await tenants.create(Tenant(id: settings.id, name: settings.name ?? settings.id.rawValue))
            } catch  where error.code == .conflict {
                continue
            }
        }
    }

    private static func address(of channel: any Channel, or host: String) -> String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(name):\(channel.localAddress?.port ?? 0)"
    }

    private func serviceGroup(_ services: [any Service]) -> ServiceGroup {
        var settings = ServiceGroupConfiguration(
            services: services.map {
                .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup, failureTerminationBehavior: .gracefullyShutdownGroup)
            },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        settings.maximumGracefulShutdownDuration = configuration.server.drainTimeout
        return ServiceGroup(configuration: settings)
    }

    private struct UI {
        var upstream: Upstream?
        var process: UIProcess?
        var check: ReadinessCheck?
    }

    private func ui(apiPort: Int?, group: any EventLoopGroup) async throws -> UI {
        switch configuration.ui {
        case nil: return UI()
        case .url(let address):
            let upstream = uiUpstream(.init(host: address.host, port: address.port), isSupervised: false)
            return UI(upstream: upstream, check: .reachability(of: upstream, name: "ui"))
        case .command(let command):
            let process = try await UIProcess(
                command: command, environment: environment, secretNames: configuration.secretEnvironmentNames,
                apiURL: "http://127.0.0.1:\(apiPort ?? 0)\(configuration.api.mount)", eventLoopGroup: group, logger: logger)
            let upstream = uiUpstream(.init(host: "127.0.0.1", port: process.port), isSupervised: true)
                .available { process.state == .ready }
            return UI(upstream: upstream, process: process, check: ReadinessCheck("ui") { process.state.readiness })
        }
    }
}

extension UIProcess.State {
    /// `nil` when the UI answers.
    fileprivate var readiness: String? {
        switch self {
        case .ready: nil
        case .starting: "starting"
        case .failed: "failed"
        case .stopped: "stopped"
        }
    }
}

extension Configuration {
    var isUISupervised: Bool {
        if case .command = ui { true } else { false }
    }

    func openStore() throws(GatehouseError) -> SQLiteDriver {
        switch store {
        case .sqlite(let path): try SQLiteDriver(path: path)
        }
    }

    func openStoreReadingOnly() throws(GatehouseError) -> SQLiteDriver {
        switch store {
        case .sqlite(let path): try SQLiteDriver(readingOnly: path)
        }
    }
}
