import GatehouseCore
import Logging

extension UIProcess {
    /// Waits until the UI answers on its port, then watches where it listens; ends with what is wrong, or when cancelled.
    func supervise(group: Int32) async -> Event {
        let deadline = ContinuousClock.now + settings.startTimeout
        do {
            while true {
                if let refusal = refusal(of: group) { return .refused(refusal) }
                if holdsPort(group), await probe.answers(within: .seconds(5)), !Task.isCancelled { break }
                guard ContinuousClock.now < deadline else { return .unanswering(unanswering(group)) }
                try await Task.sleep(for: settings.startInterval)
            }
            enter(.ready)
            logger.info("The UI is ready.", metadata: ["gate.ui": "\(url)"])
            while true {
                try await Task.sleep(for: settings.watchInterval)
                if let refusal = refusal(of: group) { return .refused(refusal) }
            }
        } catch {
            return .nothing
        }
    }

    private func unanswering(_ group: Int32) -> String {
        let missing = holdsPort(group) ? "it did not answer HTTP on" : "none of its processes listened on"
        return "\(missing) 127.0.0.1:\(port) within \(settings.startTimeout); hand it the port with {port} or PORT"
    }

    #if os(Linux)
        /// Everybody in reach of the network could use such a listener without signing in.
        private func refusal(of group: Int32) -> GatehouseError? {
            guard let open = GroupListeners(group: group).sockets(where: { !$0.isLoopback }).first else { return nil }
            return GatehouseError(
                .uiFailed,
                "The UI listens on \(open.description), not on loopback alone, and was stopped: nobody would have to sign in there. "
                    + "Make it listen on 127.0.0.1 (for uvicorn: --host 127.0.0.1 --port {port}).")
        }

        /// Whether the UI's port is held by the UI and not by somebody who was quicker to take it.
        private func holdsPort(_ group: Int32) -> Bool {
            !GroupListeners(group: group).sockets { $0.port == port }.isEmpty
        }
    #else
        private func refusal(of group: Int32) -> GatehouseError? { nil }
        private func holdsPort(_ group: Int32) -> Bool { true }
    #endif
}
