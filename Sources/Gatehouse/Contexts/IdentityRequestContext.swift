public import Hummingbird

/// A request context that carries who is asking; `gate.router(context:)` takes any.
///
/// A context of one's own holds one stored property and hands the source's channel to it:
/// `identity = RequestIdentity(channel: source.channel)`.
public protocol IdentityRequestContext: RequestContext {
    var identity: RequestIdentity { get set }
}

/// The context to take where an application needs none of its own.
public struct BasicIdentityContext: IdentityRequestContext {
    public var coreContext: CoreRequestContextStorage
    public var identity: RequestIdentity

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        identity = RequestIdentity(channel: source.channel)
    }
}
