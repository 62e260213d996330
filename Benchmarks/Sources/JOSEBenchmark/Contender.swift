/// One way to check a token.
protocol Contender: Sendable {
    init(_ sample: Sample) async throws
    /// Checks the token that many times and returns how often it was found good.
    func accepted(of count: Int) async throws -> Int
}

enum Contenders {
    static func make(_ name: String, _ sample: Sample) async throws -> (any Contender)? {
        switch name {
        case "swift-crypto": try SwiftCrypto(sample)
        case "gatehouse": try Gatehouse(sample)
        case "gatehouse-cached": try GatehouseCached(sample)
        case "jwt-kit": try await JWTKitContender(sample)
        default: nil
        }
    }

    /// Whether the contender does its work: takes the token, refuses it changed.
    static func isSound(_ name: String, _ sample: Sample) async throws -> Bool {
        let good = try await make(name, sample)?.accepted(of: 3)
        let bad = try? await make(name, sample.tampered())?.accepted(of: 1)
        return good == 3 && (bad ?? 0) == 0
    }
}
