import GatehouseCore
import Testing

@Suite struct IPAddressTests {
    @Test func `addresses are read and written in their canonical form`() {
        let cases = [
            "127.0.0.1": "127.0.0.1", "0.0.0.0": "0.0.0.0", "255.255.255.255": "255.255.255.255", "::": "::", "::1": "::1",
            "2001:DB8:0:0:0:0:0:A": "2001:db8::a", "2001:db8::1:0:0:1": "2001:db8::1:0:0:1", "1:2:3:4:5:6:7:8": "1:2:3:4:5:6:7:8",
        ]
        for (text, canonical) in cases { #expect(IPAddress(text)?.description == canonical) }
    }

    @Test func `an IPv4 address mapped into IPv6 is the IPv4 address`() throws {
        let plain = try #require(IPAddress("10.1.2.3"))
        for text in ["::ffff:10.1.2.3", "::FFFF:0a01:0203", "0:0:0:0:0:ffff:10.1.2.3"] { #expect(IPAddress(text) == plain, "\(text)") }
        #expect(plain == IPAddress(ipv4: 0x0a01_0203))
        #expect(plain == IPAddress(high: 0, low: 0xffff_0a01_0203))
        #expect(plain.isIPv4)
        #expect(plain.description == "10.1.2.3")
        for text in ["::10.1.2.3", "64:ff9b::10.1.2.3", "::fffe:10.1.2.3", "1::ffff:10.1.2.3"] {
            #expect(IPAddress(text)?.isIPv4 == false, "\(text)")
        }
    }

    @Test(arguments: [
        "", " ", "1", "1.2", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3.4", "256.1.1.1", "01.2.3.4", "0x7f.0.0.1", "0177.0.0.1", "2130706433",
        "1.2.3.-4",
        "1.2.3.+4", " 1.2.3.4", "1.2.3.4 ", "1.2.3.4\n", "1.2.3.4\0", "\u{0}1.2.3.4", "1.2.3.4:80", "1.2.3.4/32", "[::1]", "::1%lo", "fe80::1%eth0",
        ":::", "1::2::3",
        "12345::", "::g", "::ffff:1.2.3", "::ffff:256.1.1.1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "localhost", "١.٢.٣.٤", "１.2.3.4", "unknown",
        "_hidden",
        "0000:0000:0000:0000:0000:0000:255.255.255.2555", "::1\u{301}",
    ]) func `what is no address is refused`(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func `loopback is 127.0.0.0/8 and ::1, mapped ones too`() {
        for text in ["127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"] { #expect(IPAddress(text)?.isLoopback == true, "\(text)") }
        for text in ["126.255.255.255", "128.0.0.1", "0.0.0.0", "::", "::2", "::127.0.0.1", "1::1", "fe80::1"] {
            #expect(IPAddress(text)?.isLoopback == false, "\(text)")
        }
    }

    @Test func `a throttling bucket is an IPv4 address or an IPv6 network of 64 bits`() {
        #expect(IPAddress("10.1.2.3")?.throttlingBucket == "10.1.2.3")
        #expect(IPAddress("::ffff:10.1.2.3")?.throttlingBucket == "10.1.2.3")
        #expect(IPAddress("2001:db8:1:2:3:4:5:6")?.throttlingBucket == "2001:db8:1:2::/64")
        #expect(IPAddress("2001:db8:1:2:ffff:ffff:ffff:ffff")?.throttlingBucket == "2001:db8:1:2::/64")
        #expect(IPAddress("2001:db8:1:3::")?.throttlingBucket == "2001:db8:1:3::/64")
    }

    @Test func `random addresses survive being written and read`() {
        var g = Seeded(11)
        for _ in 0..<2_000 {
            let (high, low) = (UInt64.random(in: .min ... .max, using: &g), UInt64.random(in: .min ... .max, using: &g))
            for address in [IPAddress(high: high, low: low), IPAddress(high: 0, low: low), IPAddress(ipv4: UInt32(truncatingIfNeeded: low))] {
                if IPAddress(address.description) != address { Issue.record("\(address)") }
            }
        }
    }
}

@Suite struct AddressRangeTests {
    private func contains(_ range: String, _ address: String) throws -> Bool {
        try AddressRange(range).contains(try #require(IPAddress(address)))
    }

    @Test func `a range holds its network and nothing beside it`() throws {
        #expect(try contains("10.0.0.0/8", "10.255.255.255"))
        #expect(try !contains("10.0.0.0/8", "11.0.0.0"))
        #expect(try !contains("10.0.0.0/8", "9.255.255.255"))
        #expect(try contains("192.168.1.128/25", "192.168.1.255"))
        #expect(try !contains("192.168.1.128/25", "192.168.1.127"))
        #expect(try contains("fd00::/8", "fdff:ffff::1"))
        #expect(try !contains("fd00::/8", "fe00::"))
        #expect(try contains("2001:db8::/65", "2001:db8::7fff:ffff:ffff:ffff"))
        #expect(try !contains("2001:db8::/65", "2001:db8::8000:0:0:0"))
    }

    @Test func `prefix lengths at the edges`() throws {
        #expect(try contains("0.0.0.0/0", "255.255.255.255"))
        #expect(try contains("::/0", "ffff::1"))
        #expect(try contains("1.2.3.4/32", "1.2.3.4"))
        #expect(try !contains("1.2.3.4/32", "1.2.3.5"))
        #expect(try contains("1.2.3.4/31", "1.2.3.5"))
        #expect(try contains("::1/128", "::1"))
        #expect(try !contains("::1/128", "::2"))
        #expect(try contains("2001:db8::/64", "2001:db8::ffff:ffff:ffff:ffff"))
        #expect(try !contains("2001:db8::/64", "2001:db8:0:1::"))
        #expect(try contains("8000::/1", "ffff::"))
        #expect(try !contains("8000::/1", "7fff::"))
        #expect(try contains("127.0.0.1", "127.0.0.1"))
        #expect(try !contains("127.0.0.1", "127.0.0.2"))
    }

    @Test func `families do not mix, mapped addresses are IPv4`() throws {
        #expect(try !contains("0.0.0.0/0", "::1"))
        #expect(try !contains("::/0", "1.2.3.4"))
        #expect(try contains("10.0.0.0/8", "::ffff:10.1.2.3"))
        #expect(try contains("::ffff:10.1.2.3", "10.1.2.3"))
    }

    @Test func `a mapped range counts its prefix as it is written, in 128 bits`() throws {
        #expect(try contains("::ffff:10.0.0.0/104", "10.255.255.255"))
        #expect(try !contains("::ffff:10.0.0.0/104", "11.0.0.0"))
        #expect(try contains("::ffff:0:0/96", "1.2.3.4"))
        for text in ["::ffff:10.0.0.0/8", "::ffff:10.0.0.0/32", "::ffff:10.0.0.0/95", "::ffff:10.0.0.0/129"] {
            #expect(throws: GatehouseError.self, "\(text)") { try AddressRange(text) }
        }
    }

    @Test func `bits behind the prefix are of no matter, and a range tells itself`() throws {
        #expect(try AddressRange("10.1.2.3/8") == AddressRange("10.0.0.0/8"))
        #expect(try AddressRange("10.1.2.3/8").description == "10.0.0.0/8")
        #expect(try AddressRange("2001:db8::1/32").description == "2001:db8::/32")
        #expect(try AddressRange("1.2.3.4").description == "1.2.3.4/32")
        #expect(try AddressRange(AddressRange("::ffff:10.0.0.0/104").description) == AddressRange("10.0.0.0/8"))
    }

    @Test(arguments: [
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/-0", "10.0.0.0/+8", "10.0.0.0/ 8", "10.0.0.0/8 ", "10.0.0.0/8/8",
        "10.0.0.0/8.0",
        "10.0.0.0/0x8", "10.0.0.0/٨", "10.0.0.0/99999999999999999999", "10.0/8", "10/8", "::/129", "fd00::/", "10.0.0.0-10.0.0.9",
        "10.0.0.0/255.0.0.0", "*",
        "example.com", "all", "10.0.0.0/008", "10.0.0.0/\u{301}8",
    ]) func `what is no range is refused`(_ text: String) {
        let error = #expect(throws: GatehouseError.self) { try AddressRange(text) }
        #expect(error?.code == .configurationInvalid)
    }
}
