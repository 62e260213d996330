/// Who has a place among the passwords being hashed and waiting.
struct HashingQueue: Sendable {
    private let capacity: Int
    private var taken = 0
    private var byAddress: [String: Int] = [:]

    init(capacity: Int) { self.capacity = capacity }

    /// What one address may hold.
    private var share: Int { max(1, capacity / 4) }

    /// Takes a place; `false` when there is none, or none for this address.
    mutating func enter(_ address: String?) -> Bool {
        guard taken < capacity else { return false }
        if let address {
            guard byAddress[address, default: 0] < share else { return false }
            byAddress[address, default: 0] += 1
        }
        taken += 1
        return true
    }

    /// Gives a place back.
    mutating func leave(_ address: String?) {
        taken -= 1
        guard let address, let held = byAddress[address] else { return }
        byAddress[address] = held > 1 ? held - 1 : nil
    }
}
