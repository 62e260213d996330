import GatehouseCore
import GatehouseTokens
import Synchronization
import Testing

@Suite struct RemoteKeySetTests {
    private let a: SigningKey
    private let b: SigningKey

    init() throws {
        a = try SigningKey.generate(.ES256, kid: "a")
        b = try SigningKey.generate(.ES256, kid: "b")
    }

    /// For closures, where `#expect` takes no `try`.
    private func expectNames(
        _ names: [String], _ set: RemoteKeySet, for kid: String?, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try await set.ring(for: kid).names
        #expect(found == names, sourceLocation: sourceLocation)
    }

    private func expectUnavailable(
        _ set: RemoteKeySet, for kid: String? = "a", after: Duration? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        let error = await #expect(throws: GatehouseError.self, sourceLocation: sourceLocation) { _ = try await set.ring(for: kid) }
        #expect(error?.code == .keysUnavailable, sourceLocation: sourceLocation)
        #expect(error?.retryAfter != nil, sourceLocation: sourceLocation)
        if let after { #expect(error?.retryAfter == after, sourceLocation: sourceLocation) }
        #expect(set.current == nil, sourceLocation: sourceLocation)
    }

    @Test(
        arguments: [
            (nil, 300), (.zero, 60), (.seconds(1), 60), (.seconds(90), 90), (.seconds(3600), 3600), (.seconds(365 * 24 * 3600), 24 * 3600),
            (.seconds(-5), 60),
        ] as [(Duration?, Int)])
    func `a set is kept as long as its answer says, within bounds`(maxAge: Duration?, seconds: Int) async throws {
        let source = KeySource(.keys([a], maxAge: maxAge))
        let set = try source.keySet()
        #expect(set.current == nil)
        for _ in 0..<3 { #expect(try await set.ring(for: "a").names == ["a"]) }
        source.advance(.seconds(seconds) - .microseconds(1))
        #expect(try await set.ring(for: "a").names == ["a"])
        #expect(source.count == 1)
        source.advance(.microseconds(1))
        source.set(.keys([b]))
        #expect(try await set.ring(for: "a").names == ["b"])
        #expect(source.count == 2)
    }

    @Test func `many who need the set make one fetch`() async throws {
        let source = KeySource(.keys([a]))
        source.hold()
        let set = try source.keySet()
        try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<200 { group.addTask { try await set.ring(for: "a").names } }
            await eventually { source.count == 1 }
            source.release()
            for try await names in group { #expect(names == ["a"]) }
        }
        #expect(source.count == 1)
    }

    @Test func `no more than so many wait`() async throws {
        let source = KeySource(.keys([a]))
        source.hold()
        var settings = KeySetSettings()
        settings.maximumWaiters = 10
        let set = try source.keySet(settings)
        await withTaskGroup(of: GatehouseError.Code?.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    do throws(GatehouseError) {
                        _ = try await set.ring(for: "a")
                        return nil
                    } catch {
                        return error.code
                    }
                }
            }
            for _ in 0..<39 { #expect(await group.next() == .keysUnavailable) }
            source.release()
            for _ in 0..<11 { #expect(await group.next() == .some(nil)) }
        }
    }

    @Test func `a rotated key is found at once, the old one is gone when the issuer lists it no more`() async throws {
        let source = KeySource(.keys([a]))
        let set = try source.keySet()
        _ = try await set.ring(for: "a")
        source.set(.keys([a, b]))
        #expect(try await set.ring(for: "b").names == ["a", "b"])
        #expect(source.count == 2)
        source.set(.keys([b]))
        source.advance(.seconds(300))
        #expect(try await set.ring(for: "a").names == ["b"])
    }

    @Test func `ten thousand unknown names make one fetch in a cool-down`() async throws {
        let source = KeySource(.keys([a]))
        let set = try source.keySet()
        _ = try await set.ring(for: "a")
        for round in 1...3 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        for _ in 0..<1250 { try await expectNames(["a"], set, for: "\(UInt64.random(in: 0 ... .max))") }
                    }
                }
                try await group.waitForAll()
            }
            #expect(source.count == 1 + round)
            source.advance(.seconds(30))
        }
    }

    @Test func `the fetch that an unknown name began with counts as the one of its cool-down`() async throws {
        let source = KeySource(.keys([a]))
        let set = try source.keySet()
        for number in 0..<100 { _ = try await set.ring(for: "x\(number)") }
        #expect(source.count == 1)
        source.set(.keys([a, b]))
        #expect(try await set.ring(for: "b").names == ["a"])
        source.advance(.seconds(30))
        #expect(try await set.ring(for: "b").names == ["a", "b"])
        #expect(source.count == 2)
    }

    @Test func `nobody whose key is at hand waits for a fetch that an unknown name caused`() async throws {
        let source = KeySource(.keys([a]))
        let set = try source.keySet()
        _ = try await set.ring(for: "a")
        source.hold()
        source.set(.keys([a, b]))
        try await withThrowingTaskGroup(of: [String].self) { group in
            group.addTask { try await set.ring(for: "b").names }
            await eventually { source.count == 2 }
            for _ in 0..<100 { try await expectNames(["a"], set, for: "a") }
            try await expectNames(["a"], set, for: nil)
            #expect(set.current?.names == ["a"])
            source.release()
            let names = try await group.next()
            #expect(names == ["a", "b"])
        }
        #expect(source.count == 2)
    }

    @Test(arguments: [
        KeySource.Answer.failure, .bytes([]), .bytes(Array("<html>502</html>".utf8)), .bytes([UInt8](repeating: 0x20, count: 10 << 20)),
        .bytes(Array("{\"keys\":[\(String(repeating: "7,", count: 300))7]}".utf8)),
    ])
    func `old keys are used while the issuer does not answer well, for a bounded time and with pauses`(answer: KeySource.Answer) async throws {
        let source = KeySource(.keys([a]))
        let set = try source.keySet()
        _ = try await set.ring(for: "a")
        source.set(answer)
        source.advance(.seconds(300))
        for _ in 0..<10 { #expect(try await set.ring(for: "a").names == ["a"]) }
        #expect(source.count == 2)
        #expect(set.status.failure?.code == .keysUnavailable)
        #expect(set.status.keyNames == ["a"])
        for (index, pause) in [1, 2, 4, 8, 16, 30, 30].enumerated() {
            source.advance(.seconds(pause) - .microseconds(1))
            #expect(try await set.ring(for: "unknown").names == ["a"])
            #expect(source.count == 2 + index)
            source.advance(.microseconds(1))
            #expect(try await set.ring(for: "a").names == ["a"])
            #expect(source.count == 3 + index)
        }
        source.advance(.seconds(24 * 3600))
        await expectUnavailable(set)
        source.set(.keys([b]))
        source.advance(.seconds(30))
        #expect(try await set.ring(for: "b").names == ["b"])
        #expect(set.status.failure == nil)
    }

    @Test func `where there never was a key, callers hear when to come again, and few of them cause a fetch`() async throws {
        let source = KeySource(.failure)
        let set = try source.keySet()
        for _ in 0..<100 { await expectUnavailable(set, after: .seconds(1)) }
        #expect(source.count == 1)
        source.advance(.seconds(1))
        for _ in 0..<100 { await expectUnavailable(set, for: "x\(Int.random(in: 0...1000))", after: .seconds(2)) }
        #expect(source.count == 2)
        source.advance(.milliseconds(500))
        await expectUnavailable(set, after: .milliseconds(1500))
        source.set(.keys([a]))
        source.advance(.milliseconds(1500))
        #expect(try await set.ring(for: "a").names == ["a"])
    }

    @Test func `a set without a usable key takes the old ones away`() async throws {
        let source = KeySource(.keys([a]))
        let set = try source.keySet()
        _ = try await set.ring(for: "a")
        source.set(.bytes(Array(#"{"keys":[{"kty":"future","kid":"a"}]}"#.utf8)))
        source.advance(.seconds(300))
        await expectUnavailable(set)
        source.set(.keys([b]))
        source.advance(.seconds(1))
        #expect(try await set.ring(for: "b").names == ["b"])
    }

    @Test func `both of a duplicate name are left out, and so are weak keys and secrets`() async throws {
        let twin = try SigningKey.generate(.ES256, kid: "a")
        var keys = JWKSet([a, twin, b].compactMap(\.publicJWK)).json()
        keys.removeLast(2)
        keys += Array(#",{"kty":"oct","k":"AAAA","kid":"s"},{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"r"}]}"#.utf8)
        let set = try KeySource(.bytes(keys)).keySet()
        #expect(try await set.ring(for: "b").names == ["b"])
    }

    @Test func `a clock that was set back makes keys no fresher and pauses no longer`() async throws {
        let source = KeySource(.keys([a]))
        let set = try source.keySet()
        _ = try await set.ring(for: "a")
        source.advance(.seconds(-3600))
        source.set(.failure)
        #expect(try await set.ring(for: "a").names == ["a"])
        #expect(source.count == 2)
        source.advance(.seconds(-3600))
        source.set(.keys([b]))
        #expect(try await set.ring(for: "b").names == ["b"])
        #expect(source.count == 3)
        source.advance(.seconds(-3600))
        source.set(.keys([a, b]))
        #expect(try await set.ring(for: "a").names == ["a", "b"])
    }

    @Test func `while it runs, it fetches at once, and expired keys make nobody wait`() async throws {
        let source = KeySource(.keys([a]))
        let reports = Mutex<[String]>([])
        let set = try RemoteKeySet(
            url: "https://login.example/keys", clock: source.clock,
            report: { status in reports.withLock { $0.append(status.keyNames.joined()) } }, fetch: source.fetch)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await set.run() }
            await eventually { set.current != nil }
            #expect(source.count == 1)
            source.hold()
            source.set(.keys([b]))
            source.advance(.seconds(300))
            for _ in 0..<100 { try await expectNames(["a"], set, for: "a") }
            #expect(set.current?.names == ["a"])
            await eventually { source.count == 2 }
            group.addTask { try await expectNames(["b"], set, for: "b") }
            source.release()
            try await group.next()
            #expect(source.count == 2)
            group.cancelAll()
            try await group.waitForAll()
        }
        #expect(reports.withLock { $0 } == ["a", "b"])
        source.advance(.seconds(300))
        source.set(.keys([a]))
        #expect(set.current == nil)
        #expect(try await set.ring(for: "a").names == ["a"])
        #expect(source.count == 3)
    }

    @Test func `nobody is left waiting when it ceases to run`() async throws {
        let source = KeySource(.failure)
        let set = try source.keySet()
        for _ in 0..<200 {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await set.run() }
                group.addTask { _ = try? await set.ring(for: "a") }
                group.addTask { _ = try? await set.ring(for: "b") }
                source.advance(.seconds(60))
                await Task.yield()
                group.cancelAll()
            }
        }
        source.set(.keys([a]))
        source.advance(.seconds(60))
        #expect(try await set.ring(for: "a").names == ["a"])
    }
}

@Suite struct KeySetURLTests {
    @Test(arguments: [
        "https://login.example.com/keys", "https://login.example.com", "https://login.example.com:8443/a/b?p=x&q=%20", "https://LOGIN.example.com./k",
        "https://10.0.0.7/keys", "https://[2001:db8::1]/keys", "http://localhost:8080/keys", "http://127.0.0.1/keys", "http://127.8.9.10:1/keys",
        "http://[::1]:9000/keys", "https://xn--bcher-kva.example/keys", "https://1.example/keys", "https://a.b1/keys",
    ])
    func `https to anybody and http to this machine are taken`(url: String) throws { #expect(try KeySetURL(url).text == url) }

    @Test(arguments: [
        "", "login.example.com", "//login.example.com/", "ftp://login.example.com/", "file:///etc/passwd", "HTTPS://login.example.com/",
        "https:/login.example.com", "https:///keys", "https://", "https://login.example.com:0/", "https://login.example.com:99999/", "https://a b/",
        // Not this machine.
        "http://login.example.com/keys", "http://10.0.0.7/keys", "http://localhost.example.com/", "http://127.0.0.1.example.com/",
        "http://notlocalhost/", "http://localhost@example.com/", "http://127.0.0.1@example.com/", "http://[2001:db8::1]/", "http://0.0.0.0/",
        "http://[::]/", "http://sub.localhost/",
        // Numbers that some readers take for addresses.
        "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://127.1/", "http://0177.0.0.1/", "https://2130706433/",
        "https://0x7f.0.0.1/", "https://1.2.3.4.5/", "https://example.0x/", "https://example.1/", "https://256.0.0.1/",
        // User information, other hosts behind a backslash, fragments, what is no ASCII.
        "https://user@login.example.com/", "https://user:secret@login.example.com/", "https://login.example.com\\@evil.example/",
        "https://login.example.com/#x", "https://login.example.com/\n", "https://login.example.com/ä", "https://lögin.example.com/",
        "https://login.example.com%2f@evil.example/", "https://[fe80::1%25eth0]/", "https://login..example.com/",
        "https://login.example.com/\0", " https://login.example.com/",
    ])
    func `everything else is refused before anything is fetched`(url: String) {
        let error = #expect(throws: GatehouseError.self) { try KeySetURL(url) }
        #expect(error?.code == .configurationInvalid)
    }
}
