import Foundation
import Synchronization

/// The passwords, tokens and cookies that a test used; no log may hold one of them.
final class Secrets: Sendable {
    private let used = Mutex<Set<String>>([])

    /// Remembers `secret`, here and in the file that `GATEHOUSE_TEST_SECRETS` names, and gives it back.
    @discardableResult
    func note(_ secret: String) -> String {
        guard secret.count >= 8, used.withLock({ $0.insert(secret).inserted }) else { return secret }
        guard let path = ProcessInfo.processInfo.environment["GATEHOUSE_TEST_SECRETS"] else { return secret }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return secret }
        defer { close(descriptor) }
        let line = Array("\(secret)\n".utf8)
        _ = write(descriptor, line, line.count)
        return secret
    }

    /// Remembers what a response handed out: the session cookie and the tokens of a JSON body.
    func note(from answer: Answer) {
        for cookie in answer.head.all("Set-Cookie") {
            let pair = cookie.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
            if pair.count == 2 { note(String(pair[1])) }
        }
        for name in ["access_token", "refresh_token", "csrf_token"] {
            if let token = answer.json(name) { note(token) }
        }
    }

    /// Those that `text` holds.
    func found(in text: String) -> [String] { used.withLock { $0.filter(text.contains) } }
}
