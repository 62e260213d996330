import AsyncHTTPClient
public import GatehouseCore
public import GatehouseTokens
import NIOCore
import NIOHTTP1
import NIOSSL

/// Fetches the key sets of other issuers over HTTP.
///
/// Only what `KeySetURL` takes: https, or http on this machine. Follows no redirect, sends no cookie and no credential, reads at most so
/// many bytes in at most so much time. A value: every fetch opens a connection and closes it, as sets are fetched every few minutes.
public struct KeySetClient: Sendable {
    private let timeLimit: Duration
    private let maximumBytes: Int
    private let authorities: [NIOSSLCertificate]

    /// - Parameters:
    ///   - timeLimit: for all of one fetch, name look-up and TLS included.
    ///   - maximumBytes: of the body.
    public init(timeLimit: Duration = .seconds(5), maximumBytes: Int = 1024 * 1024) {
        self.timeLimit = timeLimit
        self.maximumBytes = maximumBytes
        authorities = []
    }

    /// A client that also trusts certificates of authorities of one's own.
    ///
    /// - Parameter authorities: their certificates in PEM, beside those that the system trusts.
    ///
    /// Throws `configuration_invalid` when there is none in it.
    public init(authorities: String, timeLimit: Duration = .seconds(5), maximumBytes: Int = 1024 * 1024) throws(GatehouseError) {
        self.timeLimit = timeLimit
        self.maximumBytes = maximumBytes
        do {
            self.authorities = try NIOSSLCertificate.fromPEMBytes(Array(authorities.utf8))
        } catch {
            throw GatehouseError(.configurationInvalid, "The certificate authorities are no certificates in PEM.", cause: error)
        }
    }

    /// For `ForeignTokens` and `RemoteKeySet`. Throws `keys_unavailable` for every answer but a success of the right size in time, and
    /// `configuration_invalid` for a URL that is not taken.
    public var fetch: KeySetFetch { { url in try await keySet(at: url) } }

    private func keySet(at url: String) async throws(GatehouseError) -> FetchedKeySet {
        let url = try KeySetURL(url)
        do {
            return try await withThrowingTaskGroup(of: FetchedKeySet?.self) { group in
                defer { group.cancelAll() }
                group.addTask { try await load(url) }
                group.addTask {
                    try await Task.sleep(for: timeLimit)
                    return nil
                }
                if let first = try await group.next(), let fetched = first { return fetched }
                throw GatehouseError(.keysUnavailable, "\(url.origin) did not send its key set within \(timeLimit).")
            }
        } catch {
            throw error as? GatehouseError
                ?? GatehouseError(.keysUnavailable, "The key set of \(url.origin) could not be fetched.", cause: error)
        }
    }

    private func load(_ url: KeySetURL) async throws -> FetchedKeySet {
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let result: Result<FetchedKeySet, any Error>
        do {
            result = .success(try await load(url, with: client))
        } catch {
            result = .failure(error)
        }
        try await client.shutdown()
        return try result.get()
    }

    private var configuration: HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if !authorities.isEmpty { tls.additionalTrustRoots = [.certificates(authorities)] }
        let limit = TimeAmount(timeLimit)
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow, timeout: .init(connect: limit, read: limit), decompression: .disabled)
        configuration.httpVersion = .http1Only
        // Whoever asked tries again, with pauses.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    private func load(_ url: KeySetURL, with client: HTTPClient) async throws -> FetchedKeySet {
        var request = HTTPClientRequest(url: url.text)
        request.headers.add(name: "Accept", value: "application/jwk-set+json, application/json")
        let response = try await client.execute(request, timeout: TimeAmount(timeLimit))
        guard (200..<300).contains(response.status.code) else {
            throw GatehouseError(.keysUnavailable, "\(url.origin) answered \(response.status.code) for its key set.")
        }
        var json: [UInt8] = []
        for try await part in response.body {
            guard json.count + part.readableBytes <= maximumBytes else {
                throw GatehouseError(.keysUnavailable, "\(url.origin) sent more than \(maximumBytes) bytes for its key set.")
            }
            json += part.readableBytesView
        }
        return FetchedKeySet(json: json, maxAge: CacheControl.maxAge(response.headers))
    }
}
