import GatehouseCore
import GatehouseStore

extension StoreConformance {
    static let races = [
        StoreConformance("of many that claim a fact one does") { open in
            let drivers = [try await migrated(open), try await open()]
            try expectEqual(
                try await wins(drivers) { number, transaction throws(GatehouseError) in
                    try MetaRecord(key: "prize", value: "\(number)").claim(in: transaction)
                }, 1, "the number of winners")
        },
        StoreConformance("of many that use a refresh token one does") { open in
            let drivers = [try await migrated(open), try await open()]
            try await drivers[0].write { transaction throws(GatehouseError) in
                try sample(.session, in: transaction)
                try RefreshTokenRecord(hash: [1], parent: nil, session: "s").insert(at: start, in: transaction)
            }
            try expectEqual(
                try await wins(drivers) { _, transaction throws(GatehouseError) in
                    try RefreshTokenRecord.use([1], at: start, scope: .everyTenant, in: transaction)
                }, 1, "the number of winners")
        },
        StoreConformance("of many that put a signing key in place one does") { open in
            let drivers = [try await migrated(open), try await open()]
            try expectEqual(
                try await wins(drivers) { number, transaction throws(GatehouseError) in
                    try SigningKeyRecord(
                        id: "\(number)", kid: "k\(number)", algorithm: "ES256", publicJWK: nil, sealedPrivate: [1], createdAt: start
                    ).claim(in: transaction)
                }, 1, "the number of winners")
        },
        StoreConformance("of many that make an API key in the place of another one does") { open in
            let drivers = [try await migrated(open), try await open()]
            try await drivers[0].write { transaction throws(GatehouseError) in
                try sample(.user("ada"), in: transaction)
                _ = try key("old").insert(in: transaction)
            }
            try expectEqual(
                try await wins(drivers) { number, transaction throws(GatehouseError) in
                    try key("new\(number)", replaces: "old").insert(in: transaction)
                }, 1, "the number of winners")
        },
        StoreConformance("of many uses of an API key within a minute one is noted") { open in
            let drivers = [try await migrated(open), try await open()]
            try await drivers[0].write { transaction throws(GatehouseError) in
                try sample(.user("ada"), in: transaction)
                _ = try key("k").insert(in: transaction)
            }
            try expectEqual(
                try await wins(drivers) { _, transaction throws(GatehouseError) in
                    try APIKeyRecord.noteUse(
                        "k", unlessSince: start - .seconds(60), at: start, scope: .everyTenant, in: transaction)
                }, 1, "the number of winners")
        },
        StoreConformance("of many failures at once only the free ones count") { open in
            let drivers = [try await migrated(open), try await open()]
            let limits = ThrottleRecord.Limits(
                free: 5, firstDelay: .seconds(1), longestDelay: .seconds(900), forgetAfter: .seconds(3600))
            try expectEqual(
                try await wins(drivers) { _, transaction throws(GatehouseError) in
                    try ThrottleRecord.fail([7], limits: limits, at: start, in: transaction)
                }, 5, "the number of failures")
        },
        StoreConformance("counting is exact whoever counts") { open in
            let drivers = [try await migrated(open), try await open()]
            let before = try await drivers[0].changeCounter()
            _ = try await wins(drivers) { _, transaction throws(GatehouseError) in
                try transaction.markChanged()
                return true
            }
            try expectEqual(try await drivers[1].changeCounter(), before + Int64(contenders), "the counter")
        },
    ]

    private static let contenders = 40

    /// How many of the contenders, spread over the drivers and all at once, win.
    private static func wins(
        _ drivers: [any SQLDriver], _ attempt: @escaping @Sendable (Int, any SQLTransaction) throws(GatehouseError) -> Bool
    ) async throws -> Int {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<contenders {
                let driver = drivers[number % drivers.count]
                group.addTask {
                    try await driver.write { transaction throws(GatehouseError) in try attempt(number, transaction) }
                }
            }
            return try await group.reduce(0) { $1 ? $0 + 1 : $0 }
        }
    }
}
