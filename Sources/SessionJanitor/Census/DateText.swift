/// Reads dates as stores write them; nil stands for what is no date, never for 0.
enum DateText {
    /// A number, as an application's language writes it.
    static func number(_ bytes: UnsafeRawBufferPointer) -> Double? {
        let isNumeric = bytes.allSatisfy { byte in
            (0x30...0x39).contains(byte) || ".eE+-".utf8.contains(byte)
        }
        guard isNumeric, !bytes.isEmpty, bytes.count <= 40,
            let number = Double(String(decoding: bytes, as: UTF8.self)), number.isFinite
        else { return nil }
        return number
    }

    /// A `java.lang.Long` or `java.lang.Integer` in Java's serialisation: their last bytes are the value.
    static func java(_ bytes: UnsafeRawBufferPointer) -> Double? {
        guard bytes.count == 82 || bytes.count == 81, bytes.starts(with: [0xac, 0xed, 0x00, 0x05]) else {
            return number(bytes)
        }
        let width = bytes.count == 82 ? 8 : 4
        var value: UInt64 = 0
        for byte in bytes.suffix(width) { value = value << 8 | UInt64(byte) }
        return width == 8 ? Double(Int64(bitPattern: value)) : Double(Int32(truncatingIfNeeded: value))
    }

    /// `2025-06-16T10:30:00Z`, with a fraction or another zone if there is one; a time without a zone is none.
    static func iso(_ bytes: UnsafeRawBufferPointer) -> Double? {
        var reader = ISOReader(bytes: bytes)
        return reader.read()
    }
}

private struct ISOReader {
    let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    mutating func read() -> Double? {
        guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2),
            take("T") || take(" "), let hour = number(2), take(":"), let minute = number(2), take(":"),
            let second = number(2), (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60,
            second <= 60
        else { return nil }
        var fraction = 0.0
        if take(".") {
            var scale = 0.1
            let start = position
            while let digit = number(1) {
                fraction += Double(digit) * scale
                scale /= 10
            }
            guard position > start else { return nil }
        }
        var offset = 0
        if !take("Z") {
            let sign = take("+") ? 1 : take("-") ? -1 : 0
            guard sign != 0, let hours = number(2) else { return nil }
            _ = take(":")
            guard let minutes = number(2) else { return nil }
            offset = sign * (hours * 3_600 + minutes * 60)
        }
        guard position == bytes.count else { return nil }
        let days = ISOReader.days(year, month, day)
        return Double(days * 86_400 + hour * 3_600 + minute * 60 + second - offset) + fraction
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func number(_ digits: Int) -> Int? {
        guard position + digits <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[position..<position + digits] {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        position += digits
        return value
    }

    /// Days since 1970: years counted from March, so that the odd day is a year's last.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let ofEra = shifted - era * 400
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }
}
