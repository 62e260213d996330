import GatehouseCore

extension Authenticator {
    /// Whose session a cookie or a token of ours names, as far as memory tells: for the record of a refusal, which just looked it up.
    func knownOwner(of presented: PresentedCredential) -> Principal? {
        switch presented {
        case .cookie(let secret): accounts.sessions.cached(cookieSecret: secret)?.principal
        case .bearer(let text): knownOwner(ofToken: text)
        default: nil
        }
    }

    private func knownOwner(ofToken text: String) -> Principal? {
        guard let token = try? tokens.verify(text) else { return nil }
        if let id = token.sid { return accounts.sessions.cached(id: id)?.principal }
        return try? OwnClaims(token).statedPrincipal
    }
}
