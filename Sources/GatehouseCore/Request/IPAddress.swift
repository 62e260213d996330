#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An IPv4 or IPv6 address; an IPv4 address mapped into IPv6 (`::ffff:a.b.c.d`) is the IPv4 address.
public struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// 16 bytes in network order; IPv4 addresses are held in their mapped form.
    let high: UInt64
    let low: UInt64

    public var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }

    /// Whether the address can only be this machine's own: `127.0.0.0/8` or `::1`.
    public var isLoopback: Bool { isIPv4 ? low >> 24 & 0xff == 127 : high == 0 && low == 1 }

    /// Reads the textual form (RFC 4291 section 2.2; dotted decimal with four parts); `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let text = String(text)
        guard text.utf8.count <= 45, !text.utf8.contains(0) else { return nil }
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(ipv4: UInt32(bigEndian: four.s_addr))
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        let (high, low) = withUnsafeBytes(of: six) {
            ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
        self.init(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low))
    }

    public init(ipv4 value: UInt32) { self.init(high: 0, low: 0xffff_0000_0000 | UInt64(value)) }

    /// From the two halves of an IPv6 address, each in the machine's own byte order.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The address with all but its first `count` bits cleared, counted as in its own family.
    func masked(to count: Int) -> IPAddress {
        let bits = isIPv4 ? count + 96 : count
        if bits >= 128 { return self }
        if bits >= 64 { return IPAddress(high: high, low: bits == 64 ? 0 : low & ~(UInt64.max >> UInt64(bits - 64))) }
        return IPAddress(high: bits == 0 ? 0 : high & ~(UInt64.max >> UInt64(bits)), low: 0)
    }

    /// Written digit by digit: every request that is forwarded names its client.
    private var dotted: String {
        String(unsafeUninitializedCapacity: 15) { text in
            var count = 0
            func put(_ byte: UInt8) {
                text[count] = byte
                count += 1
            }
            for shift in [UInt64(24), 16, 8, 0] {
                let part = UInt8(truncatingIfNeeded: low >> shift)
                if count > 0 { put(UInt8(ascii: ".")) }
                if part >= 100 { put(0x30 + part / 100) }
                if part >= 10 { put(0x30 + part / 10 % 10) }
                put(0x30 + part % 10)
            }
            return count
        }
    }

    /// What one subscriber usually holds: the address itself for IPv4, the /64 network for IPv6.
    public var throttlingBucket: String { isIPv4 ? description : "\(masked(to: 64))/64" }

    public var description: String {
        if isIPv4 { return dotted }
        var address = in6_addr()
        withUnsafeMutableBytes(of: &address) {
            $0.storeBytes(of: high.bigEndian, as: UInt64.self)
            $0.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(AF_INET6, &address, &text, socklen_t(INET6_ADDRSTRLEN)) != nil else { return "::" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
