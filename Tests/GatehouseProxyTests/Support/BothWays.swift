import Testing

/// Runs every test of a suite twice: with requests that all go through the request loop, and with those that can going ahead of it.
struct BothWays: SuiteTrait, TestTrait, TestScoping {
    @TaskLocal static var startsAhead = false

    let isRecursive = true

    func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void) async throws {
        guard testCase != nil else { return try await function() }
        for startsAhead in [false, true] { try await Self.$startsAhead.withValue(startsAhead, operation: function) }
    }
}

extension Trait where Self == BothWays {
    static var bothWays: Self { BothWays() }
}
