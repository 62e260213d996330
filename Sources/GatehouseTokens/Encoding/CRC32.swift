/// The CRC-32 of IEEE 802.3, as zlib, gzip and PNG compute it: finds typing errors, keeps no secrets.
enum CRC32 {
    static func checksum(of bytes: Slice<UnsafeBufferPointer<UInt8>>) -> UInt32 {
        let table = table
        var checksum = UInt32.max
        for byte in bytes { checksum = table[Int((checksum ^ UInt32(byte)) & 0xff)] ^ (checksum >> 8) }
        return ~checksum
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 0 ? value >> 1 : 0xedb8_8320 ^ (value >> 1) }
    }
}
