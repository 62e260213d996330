import GatehouseCore
import GatehouseStore

extension StoreConformance {
    static let records = [
        StoreConformance("users come back as they went in, and by name in pages ordered by bytes") { open in
            let driver = try await migrated(open)
            let names = ["a", "B", "b", "Z", "é", "z"]
            try await driver.write { transaction throws(GatehouseError) in
                for name in names { try sample(.user(name), in: transaction) }
            }
            let pages = try await driver.read { transaction throws(GatehouseError) in
                let first = try UserRecord.list(after: "", limit: 4, scope: .everyTenant, in: transaction)
                return first + (try UserRecord.list(after: first.last?.username ?? "", limit: 4, scope: .everyTenant, in: transaction))
            }
            try expectEqual(pages.map(\.username), ["B", "Z", "a", "b", "z", "é"], "the order")
            try expectEqual(pages.first, user("B"), "the user")
        },
        StoreConformance("one tenant's rows are not another's") { open in
            let driver = try await migrated(open)
            let found = try await driver.write { transaction throws(GatehouseError) -> [Bool] in
                try sample(.session, in: transaction)
                let (ours, theirs) = (TenantScope.tenant(.default), TenantScope.tenant("other"))
                return [
                    try UserRecord.find(id: "ada", scope: ours, in: transaction) != nil,
                    try UserRecord.find(id: "ada", scope: theirs, in: transaction) != nil,
                    try UserRecord.list(after: "", limit: 9, scope: theirs, in: transaction).isEmpty,
                    try SessionRecord.find(id: "s", at: start, scope: theirs, in: transaction) == nil,
                    try SessionRecord.end("s", at: start, scope: theirs, in: transaction) != nil,
                    try RoleRecord.list(scope: theirs, in: transaction).isEmpty,
                    try SessionRecord.find(id: "s", at: start, scope: ours, in: transaction) != nil,
                ]
            }
            try expectEqual(found, [true, false, true, true, false, true, true], "what was found")
        },
        StoreConformance("a session is refused exactly at its limits") { open in
            let driver = try await migrated(open)
            try await driver.write { transaction throws(GatehouseError) in try sample(.session, in: transaction) }
            for (seconds, isLive) in [(0, true), (1799, true), (1800, false), (3600, false)] {
                let found = try await driver.read { transaction throws(GatehouseError) in
                    try SessionRecord.find(id: "s", at: start + .seconds(seconds), scope: .everyTenant, in: transaction)
                }
                try expectEqual(found != nil, isLive, "live after \(seconds) s")
            }
        },
        StoreConformance("failures block for longer and longer, and are forgotten") { open in
            let driver = try await migrated(open)
            let limits = ThrottleRecord.Limits(
                free: 3, firstDelay: .seconds(1), longestDelay: .seconds(10), forgetAfter: .seconds(100))
            var now = start
            for delay in [0, 0, 1, 2, 4, 8, 10, 10] {
                let moment = now
                let record = try await driver.write { transaction throws(GatehouseError) -> ThrottleRecord? in
                    _ = try ThrottleRecord.fail([1], limits: limits, at: moment, in: transaction)
                    return try ThrottleRecord.find([1], in: transaction)
                }
                try expectEqual(record?.blockedUntil, now + .seconds(delay), "the end of the delay")
                now = now + .seconds(delay)
            }
            let later = now + .seconds(100)
            let record = try await driver.write { transaction throws(GatehouseError) -> ThrottleRecord? in
                _ = try ThrottleRecord.fail([1], limits: limits, at: later, in: transaction)
                return try ThrottleRecord.find([1], in: transaction)
            }
            try expectEqual(record?.failures, 1, "the number of failures")
            try expectEqual(record?.blockedUntil, later, "the end of the delay")
        },
        StoreConformance("a role has exactly the permissions that it was last given; a system role stays") { open in
            let driver = try await migrated(open)
            let roles = try await driver.write { transaction throws(GatehouseError) -> [RoleRecord] in
                for permissions: Set<Permission> in [["a", "b"], ["b", "c"]] {
                    let role = RoleRecord(tenant: .default, role: "editor", isSystem: false, permissions: permissions)
                    _ = try role.define(at: start, in: transaction)
                }
                let admin = RoleRecord(tenant: .default, role: .admin, isSystem: false, permissions: [])
                _ = try admin.define(at: start, in: transaction)
                return try RoleRecord.list(scope: .tenant(.default), in: transaction)
            }
            let wanted = [
                RoleRecord(tenant: .default, role: .admin, isSystem: true, permissions: [.everything]),
                RoleRecord(tenant: .default, role: "editor", isSystem: false, permissions: ["b", "c"]),
            ]
            try expectEqual(roles, wanted, "the roles")
        },
    ]

    enum Sample: Sendable {
        case user(String)
        /// The session `s` of the user `ada`, with half an hour to idle and an hour to live.
        case session
    }

    static func sample(_ sample: Sample, in transaction: any SQLTransaction) throws(GatehouseError) {
        switch sample {
        case .user(let name):
            _ = try user(name).insert(in: transaction)
        case .session:
            _ = try user("ada").insert(in: transaction)
            try SessionRecord(
                id: "s", user: "ada", tenant: .default, kind: "cookie", cookieHash: [1, 2], at: start, idleLimit: .seconds(1800),
                expiresAt: start + .seconds(3600), address: "::1", userAgent: nil
            ).insert(in: transaction)
        }
    }

    private static func user(_ name: String) -> UserRecord {
        UserRecord(
            id: name, tenant: .default, username: name, email: nil, name: name, passwordHash: nil, passwordChangedAt: start,
            passwordChangeRequired: true, createdAt: start)
    }
}
