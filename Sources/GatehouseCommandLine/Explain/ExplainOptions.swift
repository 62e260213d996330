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
    @Option(name: .long, help: ArgumentHelp("The address that the connection comes from.", valueName: "address"))
    var from: AddressArgument?
    @Option(name: .long, help: "The Host of the request; the public URL's if it is not given.") var host: String?
    @Option(
        name: .customLong("header"),
        help: ArgumentHelp("A further field, such as “X-Tenant: acme”; may be given several times.", valueName: "name: value"))
    var headers: [FieldArgument] = []
    @OptionGroup var output: OutputOptions

    package init() {}

    package mutating func validate() throws {
        guard [token != nil, apiKey != nil, user != nil].count(where: \.self) < 2 else {
            throw ValidationError("Give one of --token, --api-key and --user.")
        }
    }

    /// The request; reads the credential from where it is. Throws a `ValidationError` where it is not there.
    package func request() throws -> ExplainedRequest {
        ExplainedRequest(
            method.uppercased(), target, credential: try credential(), client: from?.address, host: host,
            fields: headers.map { ($0.name, $0.value) })
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

/// An IP address.
struct AddressArgument: ExpressibleByArgument, Sendable {
    let address: IPAddress

    init?(argument: String) {
        guard let address = IPAddress(argument) else { return nil }
        self.address = address
    }
}

/// A header field as `name: value`.
struct FieldArgument: ExpressibleByArgument, Sendable {
    let name: String
    let value: String

    init?(argument: String) {
        guard let colon = argument.firstIndex(of: ":"), colon > argument.startIndex else { return nil }
        name = String(argument[..<colon])
        value = String(argument[argument.index(after: colon)...])
    }
}
