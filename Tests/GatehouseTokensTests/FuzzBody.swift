import Crypto
import GatehouseCore
import GatehouseTokens

/// What the fuzzers feed, and what must hold whatever they feed. A broken promise traps: that is what a fuzzer sees.
enum FuzzBody {
    static let secret = [UInt8](repeating: 7, count: 32)
    static let now = Timestamp(seconds: 1_800_000_000)

    /// Any bytes as a document: read or refused, and what was read reads the same from its own text.
    static func reader(_ bytes: [UInt8]) {
        guard let document = try? StrictJSON(bytes) else { return }
        let value = document.root.value
        guard let again = try? StrictJSON(written(value)) else { preconditionFailure("what was read is refused when written") }
        precondition(again.root.value == value, "what was read is not what was written")
        precondition(String(validating: bytes, as: UTF8.self) != nil, "invalid UTF-8 was read")
        for (name, member) in document.root.members ?? [] {
            precondition(document.root[name]?.value == member.value, "a member is not found by its name")
        }
    }

    /// Any bytes as a token, then as header and payload, apart by a line feed, of a token with a good signature.
    static func verifier(_ bytes: [UInt8]) {
        guard let verifier = verifier else { preconditionFailure("the keys do not load") }
        verify(String(decoding: bytes, as: UTF8.self), verifier)
        let parts = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let header = parts.first, let payload = parts.last, parts.count == 2 else { return }
        let input = Base64URL.encode(header) + "." + Base64URL.encode(payload)
        let mac = HMAC<SHA256>.authenticationCode(for: Array(input.utf8), using: SymmetricKey(data: secret))
        verify(input + "." + Base64URL.encode(Array(mac)), verifier)
    }

    /// Any bytes as the text of an API key: what is taken is of the format, says its own parts, and is taken with no other checksum.
    static func apiKey(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let key = APIKeyText(text) else { return }
        precondition(APIKeyText.isLikely(text), "a key was taken that does not look like one")
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        precondition(parts.map(\.utf8.count) == [2, key.kind.utf8.count, 16, 43, 6], "a key of another shape was taken")
        precondition(parts[1] == key.kind && parts[2] == key.id, "a key's parts are not what it says")
        precondition(text.utf8.allSatisfy { "_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8.contains($0) })
        let last: Character = text.last == "0" ? "1" : "0"
        precondition(APIKeyText(String(text.dropLast()) + String(last)) == nil, "a key has two checksums")
    }

    private static var verifier: TokenVerifier? {
        guard let key = try? VerificationKey(hmac: Secret(secret), algorithm: .HS256, kid: "h"), let keys = try? KeyRing([key]) else {
            return nil
        }
        return TokenVerifier(keys: keys, rules: ClaimRules(issuer: "i", audience: ["a"]), clock: WallClock { now })
    }

    private static func verify(_ token: String, _ verifier: TokenVerifier) {
        do throws(GatehouseError) {
            let verified = try verifier.verify(token)
            precondition(verified.issuer == "i" && verified.audience.contains("a"), "another issuer or audience was taken")
            precondition(verified.subject?.isEmpty == false, "no subject was taken")
            precondition(verified.header.algorithm == .HS256 && verified.header.type?.lowercased().hasSuffix("at+jwt") == true)
            guard let expiresAt = verified.expiresAt else { preconditionFailure("no exp was taken") }
            precondition(now < expiresAt + .seconds(30), "an expired token was taken")
            precondition(verified.claims.string("iss") == "i")
        } catch {
            precondition(error.code == .invalidToken, "a refusal of another kind")
        }
    }

    /// The value as our own writer has it, cut out of a token.
    private static func written(_ value: ClaimValue) -> [UInt8] {
        var claims = TokenClaims(issuer: "", subject: "", audience: [], expiresAt: now)
        claims.extra = ["v": value]
        claims.tokenID = ""
        guard let key = try? SigningKey(algorithm: .HS256, privateBytes: Secret(secret)),
            let token = try? TokenIssuer(key: key, clock: WallClock { now }).issue(claims: claims),
            let payload = token.split(separator: ".").dropFirst().first.flatMap({ Base64URL.decode(String($0)) })
        else { preconditionFailure("a value that was read cannot be written") }
        let start = #"{"iss":"","sub":"","exp":1800000000,"iat":1800000000,"jti":"","v":"#.utf8.count
        return Array(payload[start...].dropLast())
    }
}
