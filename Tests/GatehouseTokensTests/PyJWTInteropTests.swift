import Foundation
import GatehouseCore
import GatehouseTokens
import Testing

/// Both ways with an implementation that shares no code with ours.
@Suite struct PyJWTInteropTests {
    @Test func `tokens of PyJWT are taken, with keys as PEM, JWK and secret`() throws {
        let minted = try Python.run(["mint"] + SigningAlgorithm.allCases.map(\.rawValue), input: [])
        let cases = try #require(StrictJSON(minted).root.array)
        #expect(cases.count == SigningAlgorithm.allCases.count)
        for entry in cases {
            let algorithm = try #require(entry["alg"]?.string.flatMap(SigningAlgorithm.init))
            let token = try #require(entry["token"]?.string)
            let kid = "k-\(algorithm)"
            for key in try verificationKeys(entry, algorithm, kid) {
                var rules = Forger.rules
                rules.maximumBytes = 8192
                let verified = try TokenVerifier(keys: KeyRing([key]), rules: rules, clock: Forger.clock).verify(token)
                #expect(verified.subject == "ädä")
                #expect(verified.notBefore == Timestamp(microseconds: 1_800_000_000_500_000))
                #expect(verified.claims.string("note") == "€\u{0}\"\\/😀")
                #expect(verified.claim("nested", "list")?.value == [1, 2.5, nil, true])
                expectInvalidToken { _ = try JWS.verify(compact: String(token.dropLast(4)) + "AAAA", keys: KeyRing([key])) }
            }
        }
    }

    private func verificationKeys(_ entry: StrictJSON.Element, _ algorithm: SigningAlgorithm, _ kid: String) throws -> [VerificationKey] {
        if let secret = entry["secret"]?.string {
            let bytes = try #require(Base64URL.decode(secret))
            let jwk = #"{"kty":"oct","k":"\#(secret)","kid":"\#(kid)"}"#
            return [try VerificationKey(hmac: Secret(bytes), algorithm: algorithm, kid: kid), try VerificationKey(jwk: Secret(jwk))]
        }
        var jwk = try JWK(json: json(#require(entry["jwk"])))
        jwk.kid = kid
        var keys = [
            try VerificationKey(pem: #require(entry["pem"]?.string), algorithms: [algorithm], kid: kid), try VerificationKey(jwk),
            try SigningKey(
                jwk: Secret(String(decoding: json(#require(entry["private_jwk"])), as: UTF8.self)), algorithm: algorithm, kid: kid
            )
            .verificationKey,
        ]
        for pem in try #require(entry["private_pems"]?.strings) {
            keys.append(try SigningKey(pem: Secret(pem), algorithm: algorithm, kid: kid).verificationKey)
        }
        return keys
    }

    /// A part of a document as a document.
    private func json(_ element: StrictJSON.Element) throws -> [UInt8] {
        let members = try #require(element.members)
        let object = Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value.strings as Any? ?? $0.value.string as Any) })
        return [UInt8](try JSONSerialization.data(withJSONObject: object))
    }

    @Test func `our tokens are taken by PyJWT`() throws {
        var claims = TokenClaims(
            issuer: Forger.issuer, subject: "ädä", audience: ["orders", "x"], expiresAt: Timestamp(seconds: Forger.now + 900))
        claims.extra = ["note": "€\u{0}\"\\/😀\n", "nested": ["list": [1, 2.5, nil, true]]]
        var cases: [[String: Any]] = []
        for algorithm in SigningAlgorithm.allCases {
            let key = try TestKeys.key(algorithm)
            var entry: [String: Any] = [
                "alg": algorithm.rawValue, "token": try TokenIssuer(key: key, clock: Forger.clock).issue(claims: claims),
            ]
            if let jwk = key.publicJWK {
                entry["jwk"] = try JSONSerialization.jsonObject(with: Data(jwk.json()))
            } else {
                entry["secret"] = key.privateBytes().expose { Base64URL.encode($0) }
            }
            cases.append(entry)
        }
        let answer = try Python.run(["check"], input: [UInt8](try JSONSerialization.data(withJSONObject: cases)))
        let payloads = try #require(StrictJSON(answer).root.array)
        #expect(payloads.count == cases.count)
        for payload in payloads {
            #expect(payload["sub"]?.string == "ädä")
            #expect(payload["note"]?.string == "€\u{0}\"\\/😀\n")
            #expect(payload.element(at: ["nested", "list"])?.value == [1, 2.5, nil, true])
        }
    }
}

/// A Python that has PyJWT: the one of GATEHOUSE_TEST_PYTHON, else one in `.build/test-venv`, made when it is missing.
enum Python {
    struct Failure: Error, CustomStringConvertible { let description: String }

    static func run(_ arguments: [String], input: [UInt8]) throws -> [UInt8] {
        try launch(interpreter.get(), [Fixture.folder.appending(path: "pyjwt_interop.py").path()] + arguments, input: input)
    }

    private static let interpreter: Result<String, any Error> = Result {
        if let given = ProcessInfo.processInfo.environment["GATEHOUSE_TEST_PYTHON"] { return given }
        let folder = Fixture.project.appending(path: ".build/test-venv").path()
        let python = folder + "/bin/python"
        if (try? launch(python, ["-c", "import jwt, cryptography"], input: [])) == nil {
            _ = try launch("/usr/bin/env", ["python3", "-m", "venv", folder], input: [])
            _ = try launch(python, ["-m", "pip", "install", "--quiet", "PyJWT[crypto]"], input: [])
        }
        return python
    }

    private static func launch(_ path: String, _ arguments: [String], input: [UInt8]) throws -> [UInt8] {
        guard FileManager.default.isExecutableFile(atPath: path) else { throw Failure(description: "there is no \(path)") }
        let process = Process()
        let (stdin, stdout) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardInput = stdin
        process.standardOutput = stdout
        try process.run()
        try stdin.fileHandleForWriting.write(contentsOf: Data(input))
        try stdin.fileHandleForWriting.close()
        let output = try stdout.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(path) \(arguments) ended with \(process.terminationStatus)")
        }
        return [UInt8](output)
    }
}
