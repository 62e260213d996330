public import GatehouseCore
public import Hummingbird

/// The context of a signed-in group: its `principal` is not optional, and everything of the parent is still there.
@dynamicMemberLookup
public struct SignedInContext<Parent: IdentityRequestContext>: ChildRequestContext {
    public var parent: Parent
    public let principal: Principal

    /// Throws `sign_in_required` when nobody is signed in.
    public init(context: Parent) throws {
        guard let principal = context.identity.principal else {
            throw GatehouseError(.signInRequired, "Nobody is signed in.")
        }
        parent = context
        self.principal = principal
    }

    public var coreContext: CoreRequestContextStorage {
        get { parent.coreContext }
        set { parent.coreContext = newValue }
    }

    public var maxUploadSize: Int { parent.maxUploadSize }
    public var requestDecoder: Parent.Decoder { parent.requestDecoder }
    public var responseEncoder: Parent.Encoder { parent.responseEncoder }

    public subscript<Value>(dynamicMember path: KeyPath<Parent, Value>) -> Value { parent[keyPath: path] }

    public subscript<Value>(dynamicMember path: WritableKeyPath<Parent, Value>) -> Value {
        get { parent[keyPath: path] }
        set { parent[keyPath: path] = newValue }
    }
}
