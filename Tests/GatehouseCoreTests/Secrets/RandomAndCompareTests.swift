import GatehouseCore
import Testing

@Suite struct RandomAndCompareTests {
    @Test func `the system's source gives as many bytes as asked for, and others each time`() {
        for count in [0, 1, 7, 8, 9, 32, 1000] { #expect(RandomSource.system.bytes(count).count == count) }
        let draws = Set((0..<1000).map { _ in RandomSource.system.bytes(16) })
        #expect(draws.count == 1000)
        #expect(Set(RandomSource.system.bytes(20_000)).count == 256)
    }

    @Test func `a source can be handed in`() {
        #expect(RandomSource { [UInt8](repeating: 7, count: $0) }.bytes(3) == [7, 7, 7])
    }

    @Test func `equal bytes are equal, and any flip of any bit is seen`() {
        let bytes = RandomSource.system.bytes(32)
        #expect(constantTimeEqual(bytes, bytes))
        #expect(constantTimeEqual([], []))
        for index in bytes.indices {
            for bit in 0..<8 {
                var other = bytes
                other[index] ^= 1 << UInt8(bit)
                #expect(!constantTimeEqual(bytes, other))
            }
        }
    }

    @Test func `bytes of other lengths are never equal, prefixes included`() {
        #expect(!constantTimeEqual([1, 2, 3], [1, 2]))
        #expect(!constantTimeEqual([], [0]))
        #expect(!constantTimeEqual("abc".utf8, "abcd".utf8))
        #expect(constantTimeEqual("abc".utf8, Array("xabc".utf8)[1...]))
    }
}
