package import HTTPTypes
public import NIOCore

/// The limits of an HTTP/1 connection, as far as a client can strain them.
public struct ChannelSettings: Sendable {
    /// Bytes of the request line and all header fields together; more is 431 `headers_too_large`.
    public var maxHeaderBytes = 32 * 1024
    /// How many header fields a request may have; more is 431 `headers_too_large`.
    public var maxHeaderFields = 128
    /// From the first byte of a request to the end of its head; then the connection is closed.
    public var headTimeout: TimeAmount = .seconds(15)
    /// Between two requests, and before the first one.
    public var keepAliveTimeout: TimeAmount = .seconds(75)
    /// Between two reads of a request body that somebody waits for.
    public var bodyTimeout: TimeAmount = .seconds(60)
    /// How long a client may take nothing of what there is to send; then the connection is closed, at the latest after twice that time.
    public var writeTimeout: TimeAmount = .seconds(60)
    /// How long a response to a client that has closed its sending side may make no progress; then it counts as gone.
    public var halfClosedTimeout: TimeAmount = .seconds(5)
    /// How long and how far an unwanted request body is still read after the response, so that the client gets to see it.
    public var lingerTimeout: TimeAmount = .seconds(2)
    public var lingerBytes = 256 * 1024
    /// Names a request that is refused before it has one.
    package var requestID: @Sendable () -> String = { ChannelSettings.randomID() }
    /// What such a refusal carries beside its own fields.
    package var refusalFields = HTTPFields()

    public init() {}

    /// 128 random bits in hexadecimal.
    private static func randomID() -> String {
        let (high, low) = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
        return [high, low].map { String(repeating: "0", count: $0.leadingZeroBitCount / 4 - ($0 == 0 ? 1 : 0)) + String($0, radix: 16) }
            .joined()
    }
}
