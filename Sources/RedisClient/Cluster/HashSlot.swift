/// Which of a cluster's slots a key belongs to.
public enum HashSlot {
    /// How many slots there are.
    public static let count = 16_384

    /// CRC16 (XMODEM) of the key, or of its hash tag: what is between its first `{` and the next `}`, if anything is.
    public static func of(_ key: UnsafeRawBufferPointer) -> Int {
        let open = UInt8(ascii: "{")
        let close = UInt8(ascii: "}")
        guard let start = key.firstIndex(of: open), let end = key[(start + 1)...].firstIndex(of: close),
            end > start + 1
        else { return slot(key[...]) }
        return slot(key[(start + 1)..<end])
    }

    public static func of(_ key: [UInt8]) -> Int {
        key.withUnsafeBytes { of($0) }
    }

    private static func slot(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int {
        var sum: UInt16 = 0
        for byte in bytes { sum = sum << 8 ^ table[Int(sum >> 8 ^ UInt16(byte))] }
        return Int(sum) % count
    }

    private static let table: [UInt16] = (0..<256).map { index in
        (0..<8).reduce(UInt16(index) << 8) { sum, _ in sum & 0x8000 == 0 ? sum << 1 : sum << 1 ^ 0x1021 }
    }
}
