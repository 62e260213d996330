public import GatehouseCore

/// How an upstream learns who is signed in.
public enum UpstreamIdentity: String, Sendable, CaseIterable {
    case headers, bearer, none
}

/// One upstream beside the UI.
public struct UpstreamSettings: Sendable {
    public var path = ""
    public var to: UpstreamAddress?
    public var `guard`: Policy?
    public var identity = UpstreamIdentity.headers
    public var serviceWorker = false
    public var timeouts = Timeouts()

    public struct Timeouts: Sendable {
        public var connect: Duration = .seconds(5)
        public var firstByte: Duration = .seconds(60)
        public var idle: Duration = .seconds(300)
    }
}

extension UpstreamSettings: ConfigurationMember {
    static let noun = "an upstream"
    static let keys: [ConfigurationKey<UpstreamSettings>] = [
        ConfigurationKey(
            "path", \.path, .path(allowsRoot: true), "The path that it lies under; kept when a request is forwarded.", isRequired: true),
        ConfigurationKey("to", \.to, .upstreamAddress, "Where it listens.", isRequired: true),
        ConfigurationKey("guard", \.guard, .guardRule, "Who may reach it.", isRequired: true),
        ConfigurationKey("identity", \.identity, .oneOf(), "How it learns who is signed in."),
        ConfigurationKey("service_worker", \.serviceWorker, .boolean, "Whether its pages may install a service worker on our origin."),
        ConfigurationKey("timeouts.connect", \.timeouts.connect, .duration(1...600), "Until a connection stands."),
        ConfigurationKey("timeouts.first_byte", \.timeouts.firstByte, .duration(1...86_400), "Until its response begins."),
        ConfigurationKey("timeouts.idle", \.timeouts.idle, .duration(1...2_592_000), "Between two pieces of its response."),
    ]

    var contradictions: [(key: String, sentence: String)] {
        `guard`?.parameters.sorted().map { ("guard", "judges {\($0)}, which is no part of the path: use it in guards, on a path that holds it") }
            ?? []
    }
}
