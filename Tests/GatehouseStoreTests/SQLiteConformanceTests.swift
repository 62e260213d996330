import GatehouseSQLite
import GatehouseTesting
import Testing

@Suite struct SQLiteConformanceTests {
    @Test(arguments: StoreConformance.cases)
    func `SQLite in memory conforms`(_ conformance: StoreConformance) async throws {
        let driver = try SQLiteDriver.inMemory()
        try await conformance.check { driver }
    }

    @Test(arguments: StoreConformance.cases)
    func `SQLite on disk conforms, each opening as another process`(_ conformance: StoreConformance) async throws {
        try await withTemporaryFolder { folder in
            try await conformance.check { try SQLiteDriver(path: "\(folder)/store.db") }
        }
    }
}
