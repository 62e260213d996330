/// Asks again and again until `condition` gives a value; `nil` when it gave none in time.
func eventually<Value>(
    within limit: Duration = .seconds(15), isolation: isolated (any Actor)? = #isolation, _ condition: () async throws -> Value?
) async rethrows -> Value? {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while true {
        if let value = try await condition() { return value }
        guard clock.now < deadline else { return nil }
        try? await clock.sleep(for: .milliseconds(20))
    }
}

/// Whether `condition` comes true in time.
func soon(
    within limit: Duration = .seconds(15), isolation: isolated (any Actor)? = #isolation, _ condition: () async throws -> Bool
) async rethrows -> Bool {
    try await eventually(within: limit) { try await condition() ? true : nil } ?? false
}

/// Something that a test stands on did not come about.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
