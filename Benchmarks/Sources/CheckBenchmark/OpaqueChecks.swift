import GatehouseAccounts
import GatehouseCore

/// A session's cookie as the gate checks it at every request: to the principal, with the note that somebody is there.
struct SessionCheck: Check {
    let sessions: Sessions
    let cookie: String

    func accepted(of count: Int) async throws -> Int {
        var accepted = 0
        for _ in 0..<count {
            var found = sessions.cached(cookieSecret: cookie)
            if found == nil { found = try await sessions.find(cookieSecret: cookie) }
            guard let found, found.principal.sessionID == found.id else { continue }
            if sessions.claimTouch(found) { try await sessions.touch(found) }
            accepted += 1
        }
        return accepted
    }
}

/// An API key as the gate checks it at every request: to the principal, its addresses and the note that it was used.
struct APIKeyCheck: Check {
    let keys: APIKeys
    let key: String

    func accepted(of count: Int) async throws -> Int {
        let client = IPAddress("192.0.2.7")
        var accepted = 0
        for _ in 0..<count {
            var found = keys.cached(key)
            if found == nil { found = try await keys.find(key) }
            guard let found, found.allows(client), found.principal.credentialID == found.key.id else { continue }
            if keys.claimUse(found) { try await keys.noteUse(found) }
            accepted += 1
        }
        return accepted
    }
}
