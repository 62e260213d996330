import ArgumentParser

/// The commands that every application gets with `Gate.main`.
struct ApplicationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: CommandLine.arguments.first.map { String($0.split(separator: "/").last ?? "application") },
        abstract: "Serve, list the routes, or explain what a request would get.",
        subcommands: [Serve.self, Routes.self, Explain.self], defaultSubcommand: Serve.self)

    struct Serve: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Serve until SIGINT or SIGTERM.")
    }

    struct Routes: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List every route and what it needs.")
        @OptionGroup var output: OutputOptions
    }

    struct Explain: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print each rule for a request, and the answer that a client would get.")
        @OptionGroup var options: ExplainOptions
    }
}
