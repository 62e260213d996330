package import GatehouseCore
import HTTPTypes
package import Hummingbird
package import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Request {
    /// Throws `unsupported_media_type` unless the content type is `type`, with whatever parameters.
    package func requireMediaType(_ type: String) throws(GatehouseError) {
        let sent = headers[values: .contentType]
        let essence = sent.first?.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        guard sent.count == 1, essence == type else {
            throw GatehouseError(.unsupportedMediaType, "The content type has to be \(type).")
        }
    }

    /// The whole body if it is at most 64 KiB; throws `request_too_large`.
    package func smallBody() async throws(GatehouseError) -> ByteBuffer {
        do {
            return try await body.collect(upTo: 64 * 1024)
        } catch {
            throw GatehouseError(.requestTooLarge, "The body is larger than 64 KiB or was cut off.", cause: error)
        }
    }

    /// The body as JSON of the shape `type`; throws `unsupported_media_type`, `request_too_large` or `malformed_request`, and what
    /// `type` throws.
    package func json<Value: Decodable>(_ type: Value.Type) async throws(GatehouseError) -> Value {
        try requireMediaType("application/json")
        let buffer = try await smallBody()
        do {
            return try JSONDecoder().decode(type, from: Data(buffer.readableBytesView))
        } catch let error as GatehouseError {
            throw error
        } catch {
            // The decoder's own words may quote the body, and with it a password.
            throw GatehouseError(.malformedRequest, "The body is not JSON of the shape that this route takes.")
        }
    }

    /// No body was sent.
    var hasNoBody: Bool { !headers.contains(.transferEncoding) && (headers[.contentLength].map { $0 == "0" } ?? true) }
}
