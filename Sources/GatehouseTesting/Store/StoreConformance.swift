import GatehouseCore
public import GatehouseStore

/// One thing that every driver has to do, to be checked against a real database.
///
/// ```swift
/// @Test(arguments: StoreConformance.cases)
/// func `my driver conforms`(_ conformance: StoreConformance) async throws {
///     try await conformance.check { try MyDriver(…) }
/// }
/// ```
public struct StoreConformance: Sendable, CustomStringConvertible {
    /// Opens the case's database, the same one each time, each time as another process would where the database has several.
    public typealias Open = @Sendable () async throws -> any SQLDriver

    /// What failed.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public let name: String
    private let body: @Sendable (Open) async throws -> Void

    init(_ name: String, _ body: @escaping @Sendable (Open) async throws -> Void) {
        self.name = name
        self.body = body
    }

    public var description: String { name }

    /// Runs the case on a database that is empty. Throws what the driver throws, or `Failure`.
    public func check(_ open: Open) async throws { try await body(open) }

    public static let cases: [StoreConformance] = statements + transactions + migrations + races + records + credentials
}

func expect(_ condition: Bool, _ message: @autoclosure () -> String) throws {
    if !condition { throw StoreConformance.Failure(description: message()) }
}

func expectEqual<Value: Equatable>(_ found: Value, _ wanted: Value, _ what: String) throws {
    try expect(found == wanted, "\(what) is \(found), not \(wanted)")
}

/// Expects `body` to be refused with `code`.
func expectRefusal(_ code: GatehouseError.Code, _ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let error as GatehouseError {
        return try expectEqual(error.code, code, "the refusal")
    }
    throw StoreConformance.Failure(description: "nothing was refused; \(code) was expected")
}

extension StoreConformance {
    /// A moment to begin with.
    static let start = Timestamp(seconds: 1_700_000_000)

    /// The driver on a database with our schema.
    static func migrated(_ open: Open) async throws -> any SQLDriver {
        let driver = try await open()
        try await driver.migrate(Schema.migrations, at: start)
        return driver
    }
}
