import GatehouseCore
import GatehouseStore

extension StoreConformance {
    static let credentials = [
        StoreConformance("an API key comes back as it went in, and works until it is revoked or expires") { open in
            let driver = try await migrated(open)
            let range = try AddressRange("2001:db8::/32")
            try await driver.write { transaction throws(GatehouseError) in
                try sample(.user("ada"), in: transaction)
                _ = try key("k", scopes: ["b", "a"], addresses: [range]).insert(in: transaction)
                _ = try key("bare", scopes: [], expiresAt: nil).insert(in: transaction)
            }
            let wanted = key("k", scopes: ["a", "b"], addresses: [range])
            for (seconds, isLive) in [(0, true), (59, true), (60, false)] {
                let found = try await find([UInt8]("k".utf8), at: start + .seconds(seconds), driver)
                try expectEqual(found, isLive ? wanted : nil, "the key after \(seconds) s")
            }
            try expectEqual(try await find([UInt8]("bare".utf8), at: start + .seconds(1_000_000), driver)?.scopes, [], "the scopes")
            try await driver.write { transaction throws(GatehouseError) in
                _ = try APIKeyRecord.revoke("bare", of: nil, at: start, scope: .everyTenant, in: transaction)
            }
            try expectEqual(try await find([UInt8]("bare".utf8), at: start, driver), nil, "a revoked key")
        },
        StoreConformance("an API key of a disabled user does not work") { open in
            let driver = try await migrated(open)
            try await driver.write { transaction throws(GatehouseError) in
                try sample(.user("ada"), in: transaction)
                _ = try key("k").insert(in: transaction)
                _ = try UserRecord.setDisabled(at: start, id: "ada", scope: .everyTenant, in: transaction)
            }
            try expectEqual(try await find([UInt8]("k".utf8), at: start, driver), nil, "the key")
        },
        StoreConformance("a key's end is only ever brought forward") { open in
            let driver = try await migrated(open)
            let ends = try await driver.write { transaction throws(GatehouseError) -> [Timestamp?] in
                try sample(.user("ada"), in: transaction)
                _ = try key("k").insert(in: transaction)
                _ = try key("endless", expiresAt: nil).insert(in: transaction)
                var ends: [Timestamp?] = []
                for (id, seconds) in [("k", 90), ("k", 30), ("endless", 90)] {
                    _ = try APIKeyRecord.shorten(
                        id, to: start + .seconds(seconds), of: "ada", at: start, scope: .everyTenant, in: transaction)
                    ends.append(try APIKeyRecord.find(id: id, of: nil, scope: .everyTenant, in: transaction)?.expiresAt)
                }
                return ends
            }
            try expectEqual(ends, [start + .seconds(60), start + .seconds(30), start + .seconds(90)], "the ends")
        },
        StoreConformance("API keys are listed by their owner, newest first, and by tenant in pages") { open in
            let driver = try await migrated(open)
            let lists = try await driver.write { transaction throws(GatehouseError) -> [[String]] in
                for name in ["ada", "bob"] { try sample(.user(name), in: transaction) }
                for (seconds, id) in ["b", "B", "a"].enumerated() {
                    _ = try key(id, of: "ada", createdAt: start + .seconds(seconds)).insert(in: transaction)
                }
                _ = try key("c", of: "bob").insert(in: transaction)
                var lists = [
                    try APIKeyRecord.list(after: "", limit: 3, scope: .everyTenant, in: transaction).map(\.id),
                    try APIKeyRecord.list(after: "b", limit: 3, scope: .everyTenant, in: transaction).map(\.id),
                    try APIKeyRecord.list(after: "", limit: 3, scope: .tenant("other"), in: transaction).map(\.id),
                ]
                // Keys that work no more come after those that do, and only the newest of them.
                _ = try APIKeyRecord.revoke("B", of: nil, at: start, scope: .everyTenant, in: transaction)
                for (seconds, ended) in [(0, 3), (0, 0), (60, 3), (60, 1)] {
                    let now = start + .seconds(seconds)
                    lists.append(
                        try APIKeyRecord.list(of: "ada", at: now, ended: ended, scope: .tenant(.default), in: transaction).map(\.id))
                }
                return lists
            }
            try expectEqual(
                lists, [["B", "a", "b"], ["c"], [], ["a", "b", "B"], ["a", "b"], ["a", "B", "b"], ["a"]], "the lists")
        },
        StoreConformance("links, tenants and secrets are made once") { open in
            let driver = try await migrated(open)
            let made = try await driver.write { transaction throws(GatehouseError) -> [Bool] in
                for name in ["ada", "bob"] { try sample(.user(name), in: transaction) }
                var made: [Bool] = []
                for user in ["nobody", "ada", "bob"] {
                    made.append(
                        try LinkedAccountRecord(provider: "p", subject: "s", user: user, linkedAt: start)
                            .insert(scope: .everyTenant, in: transaction))
                }
                for _ in 0..<2 {
                    made.append(try TenantRecord(id: "north", name: "North", createdAt: start).insert(in: transaction))
                    made.append(try SecretRecord(name: "root", sealed: [1, 0, 2], createdAt: start).claim(in: transaction))
                }
                return made
            }
            try expectEqual(made, [false, true, false, true, true, false, false], "what was made")
            let found = try await driver.read { transaction throws(GatehouseError) -> [String?] in
                [
                    try LinkedAccountRecord.user(of: "p", "s", scope: .everyTenant, in: transaction)?.id,
                    try LinkedAccountRecord.user(of: "p", "S", scope: .everyTenant, in: transaction)?.id,
                    try LinkedAccountRecord.user(of: "p", "s", scope: .tenant("north"), in: transaction)?.id,
                    try RoleRecord.find(.admin, scope: .tenant("north"), in: transaction)?.tenant.rawValue,
                    try SecretRecord.find("root", in: transaction).map { "\($0.sealed)" },
                ]
            }
            try expectEqual(found, ["ada", nil, nil, "north", "[1, 0, 2]"], "what was found")
        },
        StoreConformance("a signing key is the next, then the current one, then retired; of each but the last there is one") { open in
            let driver = try await migrated(open)
            let states = try await driver.write { transaction throws(GatehouseError) -> [[SigningKeyRecord.State]] in
                var states: [[SigningKeyRecord.State]] = []
                func note() throws(GatehouseError) { states.append(try SigningKeyRecord.list(in: transaction).map(\.state)) }
                _ = try signingKey(1).claim(in: transaction)
                _ = try signingKey(2, signsFrom: start + .seconds(9)).claim(in: transaction)
                _ = try signingKey(3).claim(in: transaction)
                _ = try signingKey(4, signsFrom: start).claim(in: transaction)
                try note()
                _ = try SigningKeyRecord.retire("1", at: start + .seconds(5), in: transaction)
                _ = try SigningKeyRecord.promote("2", at: start + .seconds(5), in: transaction)
                try note()
                try SigningKeyRecord.prune(before: start + .seconds(6), in: transaction)
                try note()
                _ = try SigningKeyRecord.delete(kid: "k2", in: transaction)
                try note()
                return states
            }
            try expectEqual(states, [[.next, .current], [.current, .retired], [.current], []], "the states")
        },
    ]

    static func key(
        _ id: String, of user: String = "ada", scopes: Set<Scope> = [], addresses: [AddressRange] = [], createdAt: Timestamp = start,
        expiresAt: Timestamp? = start + .seconds(60), replaces: String? = nil
    ) -> APIKeyRecord {
        APIKeyRecord(
            id: id, hash: [UInt8](id.utf8), kind: "key", name: "a key", user: user, tenant: .default, scopes: scopes, roles: [.admin],
            addresses: addresses, createdAt: createdAt, expiresAt: expiresAt, replaces: replaces)
    }

    private static func find(_ hash: [UInt8], at now: Timestamp, _ driver: any SQLDriver) async throws -> APIKeyRecord? {
        try await driver.read { transaction throws(GatehouseError) in
            try APIKeyRecord.find(hash: hash, at: now, scope: .tenant(.default), in: transaction)?.key
        }
    }

    private static func signingKey(_ number: Int, signsFrom: Timestamp? = nil) -> SigningKeyRecord {
        SigningKeyRecord(
            id: "\(number)", kid: "k\(number)", algorithm: "ES256", publicJWK: nil, sealedPrivate: [1],
            createdAt: start + .seconds(number), signsFrom: signsFrom)
    }
}
