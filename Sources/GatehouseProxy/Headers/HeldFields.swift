import Gatehouse
public import HTTPTypes

/// Fields that the gate reads for itself: no upstream gets them as a client sent them, in any spelling, in a head or a trailer.
public struct HeldFields: Sendable {
    private let names: SpelledNames
    /// The field in which upstreams find the tenant that the caller acts in.
    let tenant: HTTPField.Name?

    public init(_ names: [HTTPField.Name] = [], tenant: HTTPField.Name? = nil) {
        self.names = SpelledNames(names + [tenant].compactMap { $0 })
        self.tenant = tenant
    }

    func contains(_ name: HTTPField.Name) -> Bool { names.contains(name) }
}
