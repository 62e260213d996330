import GatehouseCore
import GatehouseTokens
import Synchronization
import Testing

/// An issuer's key set that does as it is told, and counts.
final class KeySource: Sendable {
    struct Failure: Error {}

    enum Answer: Sendable, CustomTestStringConvertible {
        case keys([SigningKey], maxAge: Duration? = nil)
        case bytes([UInt8])
        case failure

        var testDescription: String {
            switch self {
            case .keys(let keys, _): "\(keys.count) keys"
            case .bytes(let bytes): "\(bytes.count) bytes"
            case .failure: "failure"
            }
        }
    }

    private struct State {
        var answer: Answer
        var count = 0
        var isHeld = false
        var held: [CheckedContinuation<Void, Never>] = []
        var now = Timestamp(seconds: Forger.now)
    }

    private let state: Mutex<State>

    init(_ answer: Answer) { state = Mutex(State(answer: answer)) }

    /// How often it was asked.
    var count: Int { state.withLock { $0.count } }

    func set(_ answer: Answer) { state.withLock { $0.answer = answer } }

    /// Answers nobody until `release`.
    func hold() { state.withLock { $0.isHeld = true } }

    func release() {
        let held = state.withLock { state in
            defer { state.held = [] }
            state.isHeld = false
            return state.held
        }
        for waiter in held { waiter.resume() }
    }

    var clock: WallClock { WallClock { self.state.withLock { $0.now } } }

    func advance(_ time: Duration) { state.withLock { $0.now = $0.now + time } }

    var fetch: KeySetFetch {
        { _ in
            await withCheckedContinuation { continuation in
                let isHeld = self.state.withLock { state in
                    state.count += 1
                    if state.isHeld { state.held.append(continuation) }
                    return state.isHeld
                }
                if !isHeld { continuation.resume() }
            }
            switch self.state.withLock({ $0.answer }) {
            case .keys(let keys, let maxAge): return FetchedKeySet(json: JWKSet(keys.compactMap(\.publicJWK)).json(), maxAge: maxAge)
            case .bytes(let bytes): return FetchedKeySet(json: bytes)
            case .failure: throw Failure()
            }
        }
    }

    func keySet(_ settings: KeySetSettings = KeySetSettings()) throws -> RemoteKeySet {
        try RemoteKeySet(url: "https://login.example/keys", settings: settings, clock: clock, fetch: fetch)
    }
}

/// Waits for something that happens soon, or records that it did not.
func eventually(sourceLocation: SourceLocation = #_sourceLocation, _ condition: () -> Bool) async {
    let deadline = ContinuousClock.now + .seconds(20)
    while !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record("it did not happen within 20 s", sourceLocation: sourceLocation)
            return
        }
        await Task.yield()
    }
}

extension KeyRing {
    var names: [String] { verificationKeys.compactMap(\.kid).sorted() }
}
