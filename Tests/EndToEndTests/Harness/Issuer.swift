import Foundation

/// Somebody else who issues tokens: a server in Python with an RSA key, its key set at `/keys`.
struct Issuer: Sendable {
    let port: Int
    private let program: Program

    var url: String { "http://127.0.0.1:\(port)" }

    static func run<Result>(in folder: Folder, _ body: (Issuer) async throws -> Result) async throws -> Result {
        let path = try folder.write(source, to: "issuer.py")
        let port = try Ports.free()
        let program = try Program("/usr/bin/env", ["python3", "-u", path, "\(port)", folder.path], in: folder, log: "issuer.log")
        defer { program.send(SIGKILL) }
        let issuer = Issuer(port: port, program: program)
        guard await soon(within: .seconds(60), { (try? await issuer.send("GET", "/keys").status) == 200 }) else {
            throw Failure("the issuer did not start:\n\(program.log.text)")
        }
        return try await body(issuer)
    }

    /// A token with these claims beside good ones for the audience `orders`; a claim that is `nil` is left out.
    func token(_ claims: [String: Any?] = [:]) async throws -> String {
        let claims = claims.mapValues { $0 ?? NSNull() }
        let body = String(decoding: try JSONSerialization.data(withJSONObject: claims), as: UTF8.self)
        return try await send("POST", "/token", body: body).text
    }

    /// Signs with a new key from now on, which its set holds alone.
    func rotate() async throws { _ = try await send("POST", "/rotate", body: "{}") }

    /// Answers 500 to everybody who wants the key set, or answers again.
    func setDown(_ isDown: Bool) async throws { _ = try await send("POST", isDown ? "/down" : "/up", body: "{}") }

    /// How often its key set was asked for.
    func fetches() async throws -> Int { Int(try await send("GET", "/fetches").text) ?? -1 }

    private func send(_ method: String, _ target: String, body: String? = nil) async throws -> Answer {
        let wire = try await Wire.connect(port: port)
        do {
            let answer = try await wire.exchange(method, target, port: port, ["Connection": "close"], body: body)
            await wire.close()
            return answer
        } catch {
            await wire.close()
            throw error
        }
    }

    private static let source = #"""
        import base64, http.server, json, os, subprocess, sys, time

        port, folder = int(sys.argv[1]), sys.argv[2]
        key, made, down, fetches = None, 0, False, 0

        def b64(data):
            return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

        def openssl(*arguments, input=None):
            return subprocess.run(["openssl", *arguments], input=input, capture_output=True, check=True).stdout

        def rotate():
            global key, made
            made += 1
            path = os.path.join(folder, f"issuer-{made}.pem")
            openssl("genrsa", "-out", path, "2048")
            modulus = bytes.fromhex(openssl("rsa", "-in", path, "-noout", "-modulus").split(b"=")[1].strip().decode())
            key = {"kid": f"issuer-{made}", "path": path, "modulus": modulus}

        def token(given):
            now = int(time.time())
            claims = {
                "iss": f"http://127.0.0.1:{port}", "sub": "alice", "aud": "orders", "iat": now, "exp": now + 600, "jti": b64(os.urandom(8)),
            }
            claims.update(given)
            claims = {name: value for name, value in claims.items() if value is not None}
            head = {"alg": "RS256", "typ": "at+jwt", "kid": key["kid"]}
            text = b64(json.dumps(head).encode()) + "." + b64(json.dumps(claims).encode())
            return text + "." + b64(openssl("dgst", "-sha256", "-sign", key["path"], input=text.encode()))

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                global fetches
                if self.path == "/fetches":
                    return self.answer(200, str(fetches))
                fetches += 1
                if down:
                    return self.answer(500, "down")
                jwk = {"kty": "RSA", "use": "sig", "kid": key["kid"], "alg": "RS256", "n": b64(key["modulus"]), "e": "AQAB"}
                self.answer(200, json.dumps({"keys": [jwk]}))

            def do_POST(self):
                global down
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path == "/token":
                    return self.answer(200, token(body))
                if self.path == "/rotate":
                    rotate()
                down = self.path == "/down" if self.path in ("/down", "/up") else down
                self.answer(200, "done")

            def answer(self, status, text):
                data = text.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        rotate()
        http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
        """#
}
