import Foundation
import GatehouseCore
import GatehouseServer
import Testing

@Suite struct ConfigurationSecretTests {
    @Test func `a secret is text, a file, a variable or base64url`() throws {
        let files = try ConfigurationFiles()
        defer { files.remove() }
        let text = try files.write("from-a-file\r\n", to: "text")
        #expect(try load(yaml: "admin_password: plain-text").adminPassword?.expose { $0 } == "plain-text")
        #expect(try load(yaml: "admin_password: { file: \(text) }").adminPassword?.expose { $0 } == "from-a-file")
        #expect(
            try load(yaml: "admin_password: { env: THE_PASSWORD }", environment: ["THE_PASSWORD": "v"]).adminPassword?.expose { $0 } == "v")
        #expect(try load(yaml: "admin_password: { env: THE_PASSWORD }", dotEnv: "THE_PASSWORD=v").adminPassword?.expose { $0 } == "v")
        #expect(try load(environment: ["GATEHOUSE_ADMIN_PASSWORD": "{ file: x }"]).adminPassword?.expose { $0 } == "{ file: x }")
        #expect(try load(yaml: "signing_key: { base64url: AAEC_w }").signingKey?.expose { $0 } == [0, 1, 2, 255])
        let bytes = try files.write(Data([0, 255, 10]), to: "bytes")
        #expect(try load(yaml: "signing_key: { file: \(bytes) }").signingKey?.expose { $0 } == [0, 255, 10])
        let pem = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"
        let block = pem.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
        #expect(try load(yaml: "signing_key: |\n\(block)\n").signingKey?.expose { String(decoding: $0, as: UTF8.self) } == pem + "\n")
    }

    @Test(arguments: [
        ("admin_password: 123456789012", "is a number"), ("admin_password: { file: /nowhere }", "/nowhere, which cannot be read"),
        ("admin_password: { file: /dev/zero }", "which is no file"), ("admin_password: { file: /etc }", "which is no file"),
        ("admin_password: { env: NOT_SET_AT_ALL }", "NOT_SET_AT_ALL, which is not set"),
        ("admin_password: { base64url: AAEC }", "the key base64url"),
        ("admin_password: { file: a, env: b }", "a map of 2 keys"), ("admin_password: []", "is a list"),
        ("signing_key: { base64url: \"AA==\" }", "not base64url"), ("signing_key: { vault: x }", "the key vault"),
    ])
    func `a secret that cannot be had is refused`(yaml: String, expected: String) {
        let message = refusal(yaml: yaml)
        #expect(message.contains(expected), "\(message)")
    }

    @Test func `no refusal and no description shows a secret`() throws {
        let messages = [
            refusal(yaml: "admin_password: [hunter2-hunter2]"), refusal(yaml: "master_key: { base64url: hunter2-hunter2 }"),
            refusal(yaml: "signing_key: { base64url: 'hunter2-hunter2!' }"), refusal(yaml: "admin_password: \"hunter2-hunter2\nx: ["),
            refusal(dotEnv: "A='hunter2-hunter2"), refusal(dotEnv: "A='x' hunter2-hunter2"),
        ]
        for message in messages { #expect(!message.contains("hunter2"), "\(message)") }
        var dumped = ""
        let configuration = try load(yaml: "admin_password: hunter2-hunter2\nsigning_key: hunter2-hunter2\nmaster_key: hunter2-hunter2")
        dump(configuration, to: &dumped)
        #expect(!dumped.contains("hunter2"))
        #expect(!"\(configuration)".contains("hunter2"))
    }

    @Test func `the names that no child process may inherit are known`() throws {
        let configuration = try load(
            yaml: "admin_password: { env: ADMIN }\nsigning_key: { env: SIGNING }", dotEnv: "FROM_FILE=1\nexport OTHER=2",
            environment: ["ADMIN": "a", "SIGNING": "s", "PATH": "/bin"])
        #expect(configuration.secretEnvironmentNames == ["ADMIN", "SIGNING", "FROM_FILE", "OTHER"])
    }

    @Test func `a variable that holds a secret may have a name like ours`() throws {
        let configuration = try load(yaml: "admin_password: { env: GATEHOUSE_FIRST }", environment: ["GATEHOUSE_FIRST": "a"])
        #expect(configuration.adminPassword?.expose { $0 } == "a")
        #expect(configuration.secretEnvironmentNames == ["GATEHOUSE_FIRST"])
    }

    @Test func `a variable for a secret is named even when another source goes before it`() throws {
        let configuration = try load(
            yaml: "admin_password: { env: ADMIN }", environment: ["ADMIN": "a", "GATEHOUSE_ADMIN_PASSWORD": "b"])
        #expect(configuration.adminPassword?.expose { $0 } == "b")
        #expect(configuration.secretEnvironmentNames == ["ADMIN"])
    }
}
