/// A value that cannot be printed, dumped, mirrored, compared or encoded by accident.
///
/// Reading it takes `expose`, which is easy to search for. It is never `Encodable`; a configuration that holds one can be
/// read but not written.
public struct Secret<Value: Sendable>: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: @Sendable () -> Value

    public init(_ value: Value) { self.value = { value } }

    /// Hands the value to `body` for as long as it runs.
    public func expose<Result, Failure: Error>(_ body: (Value) throws(Failure) -> Result) throws(Failure) -> Result {
        try body(value())
    }

    public var description: String { "<secret>" }
    public var debugDescription: String { "<secret>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Secret: Decodable where Value: Decodable {
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(Value.self))
    }
}
