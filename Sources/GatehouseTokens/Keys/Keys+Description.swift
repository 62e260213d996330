/// Keys tell their names and nothing of what they are made of.
extension SigningKey: CustomStringConvertible, CustomReflectable {
    public var description: String { "<\(algorithm) signing key \(kid)>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension VerificationKey: CustomStringConvertible, CustomReflectable {
    public var description: String { "<verification key \(kid ?? "without kid")>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension MasterKey: CustomStringConvertible, CustomReflectable {
    public var description: String { "<master key>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
