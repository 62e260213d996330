import ArgumentParser
package import Gatehouse

/// What an `explain` command is asked about, and how it answers.
package struct ExplainOptions: ParsableArguments {
    @Argument(help: "The method, such as GET.") var method: String
    @Argument(help: "The path, with a query if there is one.") var target: String
    @Option(
        name: .long, help: ArgumentHelp("A bearer token; - reads it from standard input, @FILE from a file.", valueName: "token"))
    var token: SecretArgument?
    @Option(name: .customLong("api-key"), help: ArgumentHelp("An API key; - and @FILE as with --token.", valueName: "key"))
    var apiKey: SecretArgument?
    @Option(name: .long, help: "Somebody's user name or e-mail address, as if they had just signed in.") var user: String?
    @Option(name: .long, help: "The address that the request comes from.") var from: String?
    @Option(name: .long, help: "The Host of the request; the public URL's if it is not given.") var host: String?
    @Option(name: .customLong("header"), help: ArgumentHelp("A further field, such as “X-Tenant: acme”.", valueName: "name: value"))
    var headers: [String] = []
    @OptionGroup var output: OutputOptions

    package init() {}

    package mutating func validate() throws {
        guard [token != nil, apiKey != nil, user != nil].count(where: \.self) < 2 else {
            throw ValidationError("Give one of --token, --api-key and --user.")
        }
    }

    /// The request; reads the credential from where it is. Throws a `ValidationError` for an address or field that is none.
    package func request() throws -> ExplainedRequest {
        var request = ExplainedRequest(method.uppercased(), target, credential: try credential(), host: host)
        if let from {
            guard let address = IPAddress(from) else { throw ValidationError("“\(from)” is no IP address.") }
            request.client = address
        }
        for header in headers {
            guard let colon = header.firstIndex(of: ":") else { throw ValidationError("“\(header)” is not of the form “name: value”.") }
            request.fields[String(header[..<colon])] = header[header.index(after: colon)...].drop { $0 == " " }.description
        }
        return request
    }

    private func credential() throws -> ExplainedRequest.Credential {
        if let token { return .bearer(try token.read()) }
        if let apiKey { return .apiKey(try apiKey.read()) }
        return user.map { .user($0) } ?? .none
    }

    package func print(_ explanation: Explanation) throws {
        try output.show(explanation, explanation.lines(colored: Terminal.hasColors).joined(separator: "\n"))
    }
}
