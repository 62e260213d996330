import GatehouseCore
import GatehouseStore

extension StoreConformance {
    static let transactions = [
        StoreConformance("an error of the body comes through and leaves no trace") { open in
            let driver = try await migrated(open)
            try await expectRefusal(.conflict) {
                try await driver.write { transaction throws(GatehouseError) in
                    _ = try MetaRecord(key: "a", value: "b").claim(in: transaction)
                    throw GatehouseError(.conflict, "on purpose")
                }
            }
            try expectEqual(try await meta("a", driver), nil, "the fact")
        },
        StoreConformance("a statement that fails is store_unavailable with its cause and leaves no trace") { open in
            let driver = try await migrated(open)
            do {
                try await driver.write { transaction throws(GatehouseError) in
                    _ = try MetaRecord(key: "a", value: "b").claim(in: transaction)
                    try transaction.run("INSERT INTO no_such_table (a) VALUES (1)")
                }
                throw Failure(description: "the statement did not fail")
            } catch let error as GatehouseError {
                try expectEqual(error.code, .storeUnavailable, "the code")
                try expect(error.cause != nil, "the error has no cause")
            }
            try expectEqual(try await meta("a", driver), nil, "the fact")
        },
        StoreConformance("a read refuses to write") { open in
            let driver = try await migrated(open)
            try await expectRefusal(.storeUnavailable) {
                _ = try await driver.read { transaction throws(GatehouseError) in
                    try MetaRecord(key: "a", value: "b").claim(in: transaction)
                }
            }
            try expectEqual(try await meta("a", driver), nil, "the fact")
        },
        StoreConformance("rows that refer to nothing are refused") { open in
            let driver = try await migrated(open)
            try await expectRefusal(.storeUnavailable) {
                try await driver.write { transaction throws(GatehouseError) in
                    try RoleAssignmentRecord(user: "nobody", tenant: .default, role: .admin).insert(at: start, in: transaction)
                }
            }
        },
        StoreConformance("the change counter moves with changes that matter, for every process") { open in
            let (one, other) = (try await migrated(open), try await open())
            let before = try await other.changeCounter()
            try await one.write { transaction throws(GatehouseError) in
                _ = try MetaRecord(key: "a", value: "b").claim(in: transaction)
            }
            try expectEqual(try await other.changeCounter(), before, "the counter after a change that does not matter")
            for step in 1...3 {
                try await one.write { transaction throws(GatehouseError) in try transaction.markChanged() }
                try expectEqual(try await other.changeCounter(), before + Int64(step), "the counter")
                try expectEqual(try await one.changeCounter(), before + Int64(step), "the writer's own counter")
            }
            try await expectRefusal(.conflict) {
                try await one.write { transaction throws(GatehouseError) in
                    try transaction.markChanged()
                    throw GatehouseError(.conflict, "on purpose")
                }
            }
            try expectEqual(try await other.changeCounter(), before + 3, "the counter after a change that was taken back")
        },
    ]

    static func meta(_ key: String, _ driver: any SQLDriver) async throws -> String? {
        try await driver.read { transaction throws(GatehouseError) in try MetaRecord.value(of: key, in: transaction) }
    }
}
