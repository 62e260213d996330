extension Collection {
    /// A random subset of the elements.
    func some(_ generator: inout SeededGenerator) -> [Element] { filter { _ in Bool.random(using: &generator) } }
}
