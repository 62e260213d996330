import GatehouseCore

extension GatehouseError {
    /// Asks the application about a credential. A `GatehouseError` is its answer as it stands; any other error means that it could not find
    /// out, which is nobody's fault who asked: `store_unavailable`.
    static func asking<Answer: Sendable>(_ body: () async throws -> Answer) async throws(GatehouseError) -> Answer {
        do {
            return try await body()
        } catch let error as GatehouseError {
            throw error
        } catch is CancellationError {
            throw GatehouseError(.shuttingDown, "The request was given up: the client went away or the server stops.")
        } catch {
            throw GatehouseError(
                .storeUnavailable, "The application could not judge the credential: \(type(of: error)).", cause: error, retryAfter: .seconds(5))
        }
    }
}
