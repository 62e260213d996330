import GatehouseCore
import GatehouseProxy
import Testing

/// Requests and responses on their way through.
@Suite(.bothWays) struct ForwardingTests {
    @Test func `path and query reach the upstream byte for byte`() async throws {
        let upstream = try TestUpstream { _ in ok() }
        let target = "/a%2Fb/%C3%A4;x=1?q=%2f&r=a+b%20c&&"
        let response = try await withGateway(to: upstream) { client in
            try client.send("GET \(target) HTTP/1.1\r\nHost: App.Example.com:8443\r\n\r\n")
            return try client.readMessage()
        }
        #expect(response.status == 200)
        #expect(response.text == "hello")
        #expect(upstream.seen.first?.target == target)
        #expect(upstream.seen.first?.all("host") == ["App.Example.com:8443"])
    }

    @Test(arguments: [
        "/public/../admin", "/public/%2e%2e/admin", "/public/%2E./admin", "/%2e%2e%2fadmin", "/public/%252e%252e/admin", "/public/..;/admin",
        "/public\\..\\admin", "/./admin", "/%c0%ae%c0%ae/admin", "/admin%00", "/admin%0d%0aX:y", "/admin%23/public/", "/a%zz",
    ])
    func `a path with no honest use is refused before the upstream hears of it`(path: String) async throws {
        let upstream = try TestUpstream { _ in ok() }
        let response = try await withGateway(to: upstream) { client in
            try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            return try client.readMessage()
        }
        #expect(response.status == 400)
        #expect(upstream.connections == 0)
    }

    @Test func `an upstream without a policy, with a bad one or a bad path does not start`() {
        for (upstreams, code) in [
            ([Upstream("/", to: "http://127.0.0.1:1")], GatehouseError.Code.routeUnguarded),
            ([Upstream("/", to: "http://127.0.0.1:1").requiring(.anyRole([]))], .configurationInvalid),
            ([Upstream("reports", to: "http://127.0.0.1:1").requiring(.signedIn)], .configurationInvalid),
            (["/a", "/A/"].map { Upstream($0, to: "http://127.0.0.1:1").requiring(.signedIn) }, .configurationInvalid),
        ] {
            let error = #expect(throws: GatehouseError.self) { try ReverseProxy(upstreams).check() }
            #expect(error?.code == code)
        }
    }

    @Test(arguments: [
        "https://a", "http://", "a:80", "http://u@a", "http://a/?q", "http://a/#f", "http://a b", "http://a:0", "http://a:99999", "",
        "http://a/..", "http://a/x/../y", "http://a/%2e%2e", "http://a/x%2Fy", "http://a//x", "http://a/x//", "http://a//", "http://a/x;y",
        "http://a/./x",
    ])
    func `what is no address of an upstream is refused`(url: String) {
        let error = #expect(throws: GatehouseError.self) { try Upstream.Target(url) }
        #expect(error?.code == .configurationInvalid)
    }

    @Test func `a response keeps the date that its upstream gave it`() async throws {
        let date = "Tue, 15 Nov 1994 08:12:31 GMT"
        let upstream = try TestUpstream { ok(date: $0.target == "/dated" ? date : nil) }
        let answers = try await withGateway(to: upstream) { client in
            try ["/dated", "/undated"].map { path in
                try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                return try client.readMessage().all("date")
            }
        }
        #expect(answers[0] == [date])
        #expect(answers[1].count == 1 && answers[1] != [date])
    }

    @Test func `the target's own path is put before the request's`() async throws {
        let upstream = try TestUpstream { _ in ok() }
        let proxy = ReverseProxy([try Upstream("/", to: .init(upstream.url + "/base/")).requiring(.public)])
        try await withGateway(proxy) { gateway, _ in
            _ = try await blocking {
                let client = try RawSocket(port: gateway.port)
                try client.send("GET /x?y HTTP/1.1\r\nHost: a\r\n\r\n")
                return try client.readMessage()
            }
        }
        #expect(upstream.seen.map(\.target) == ["/base/x?y"])
    }

    @Test func `bodies go up with a length or in chunks, and methods as they are`() async throws {
        let upstream = try TestUpstream { ok($0.text) }
        let answers = try await withGateway(to: upstream) { client in
            try client.send("PUT /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
            let first = try client.readMessage()
            try client.send("POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
            try client.send("6\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n")
            let second = try client.readMessage()
            try client.send("DELETE /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            let third = try client.readMessage()
            try client.send("PROPFIND /4 HTTP/1.1\r\nHost: a\r\n\r\n")
            return [first, second, third, try client.readMessage()]
        }
        #expect(answers.map(\.text) == ["hello", "hello world", "", ""])
        #expect(upstream.seen.map { String($0.lines[0].split(separator: " ")[0]) } == ["PUT", "POST", "DELETE", "PROPFIND"])
        #expect(upstream.seen[0]["content-length"] == "5")
        #expect(upstream.seen[1]["transfer-encoding"] == "chunked")
        #expect(upstream.seen[1].trailers == ["X-Sum: 1"])
        #expect(upstream.seen[2]["content-length"] == "0")
        #expect(upstream.seen[3]["transfer-encoding"] == nil)
        // Those that may not be repeated want a connection that was not idle for long.
        #expect(upstream.connections < 4)
    }

    @Test func `HEAD, 204 and 304 have no body and leave the connection in order`() async throws {
        let upstream = try TestUpstream { request in
            switch request.target {
            case "/head": "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n"
            case "/head-chunked": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            case "/204": "HTTP/1.1 204 No Content\r\n\r\n"
            case "/304": "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 99\r\n\r\n"
            default: ok()
            }
        }
        let answers = try await withGateway(to: upstream) { client in
            try client.send("HEAD /head HTTP/1.1\r\nHost: a\r\n\r\nHEAD /head-chunked HTTP/1.1\r\nHost: a\r\n\r\n")
            try client.send("GET /204 HTTP/1.1\r\nHost: a\r\n\r\nGET /304 HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
            return [
                try client.readMessage(isHead: true), try client.readMessage(isHead: true), try client.readMessage(), try client.readMessage(),
                try client.readMessage(),
            ]
        }
        #expect(answers.map(\.status) == [200, 200, 204, 304, 200])
        #expect(answers[0]["content-length"] == "1234")
        #expect(answers[1]["content-length"] == nil)
        #expect(answers[2]["content-length"] == nil)
        #expect(answers[3]["etag"] == "\"x\"")
        #expect(answers[4].text == "hello")
        #expect(upstream.connections == 1)
    }

    @Test func `chunks and trailers of a response arrive`() async throws {
        let upstream = try TestUpstream { _ in
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 11\r\nGatehouse-Evil: 1\r\n\r\n"
        }
        let answer = try await withGateway(to: upstream) { client in
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            return try client.readMessage()
        }
        #expect(answer.text == "hello world")
        #expect(answer.trailers == ["X-Sum: 11"])
    }

    @Test func `an HTTP/1.0 upstream ends its response with the connection`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            upstream.note(try socket.readMessage())
            try socket.send("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello ")
            try socket.send("world")
        }
        let answers = try await withGateway(to: upstream) { client in
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let first = try client.readMessage()
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            return [first, try client.readMessage()]
        }
        #expect(answers.map(\.text) == ["hello world", "hello world"])
        #expect(upstream.connections == 2)
    }

    @Test func `the upstream is asked whether it wants the body, and its answer is passed on`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            while true {
                let head = try socket.read(until: "\r\n\r\n")
                var message = Message(head: head)
                if message.target == "/refuse" {
                    upstream.note(message)
                    try socket.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno")
                    return
                }
                try socket.send("HTTP/1.1 100 Continue\r\n\r\n")
                message.body = try socket.read(5)
                upstream.note(message)
                try socket.send(ok("got \(message.text)"))
            }
        }
        let accepted = try await withGateway(to: upstream) { client in
            try client.send("POST /accept HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
            let first = try client.readMessage()
            try client.send("hello")
            return [first, try client.readMessage()]
        }
        #expect(accepted.map(\.status) == [100, 200])
        #expect(accepted[1].text == "got hello")
        #expect(upstream.seen[0]["expect"] == "100-continue")
        let refused = try await withGateway(to: upstream) { client in
            try client.send("POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
            return (try client.readMessage(), client.isEnded)
        }
        #expect(refused.0.status == 401)
        #expect(refused.0.text == "no")
        #expect(refused.1)
    }

    @Test func `an upstream that ignores Expect gets the body after a second`() async throws {
        let upstream = try TestUpstream { request in ok("got \(request.text)") }
        let answers = try await withGateway(to: upstream) { client in
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
            let first = try client.readMessage()
            try client.send("hello")
            return [first, try client.readMessage()]
        }
        #expect(answers.map(\.status) == [100, 200])
        #expect(answers[1].text == "got hello")
    }

    @Test func `early hints are passed on, but not to an HTTP/1.0 client`() async throws {
        let upstream = try TestUpstream { _ in "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + ok() }
        let answers = try await withGateway(to: upstream) { client in
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            return [try client.readMessage(), try client.readMessage()]
        }
        #expect(answers.map(\.status) == [103, 200])
        #expect(answers[0]["link"] == "</a.css>")
        let old = try await withGateway(to: upstream) { client in
            try client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n")
            return try client.readMessage()
        }
        #expect(old.status == 200)
    }

    @Test func `the health of an upstream is whether it accepts connections`() async throws {
        let upstream = try TestUpstream { _ in ok() }
        let gone = try TestUpstream { _ in ok() }
        gone.stop()
        let proxy = ReverseProxy([try Upstream("/a", to: .init(upstream.url)), try Upstream("/b", to: .init(gone.url))])
        #expect(await proxy.health().map(\.isReachable) == [true, false])
    }
}
