/// Takes commands out of a stream of bytes, in the form in which every client sends them.
struct RequestReader {
    struct Request {
        var words: [Bytes]
        /// The very bytes it came in.
        var wire: ArraySlice<UInt8>
    }

    private var buffer: [UInt8] = []
    private var start = 0

    mutating func feed(_ bytes: [UInt8]) {
        buffer.removeFirst(start)
        start = 0
        buffer += bytes
    }

    /// The next whole command; nil while bytes are missing.
    mutating func next() -> Request? {
        var position = start
        guard let count = number(after: "*", &position) else { return nil }
        var words: [Bytes] = []
        for _ in 0..<count {
            guard let length = number(after: "$", &position), position + length + 2 <= buffer.count else { return nil }
            words.append(Bytes(buffer[position..<(position + length)]))
            position += length + 2
        }
        defer { start = position }
        return Request(words: words, wire: buffer[start..<position])
    }

    private func number(after mark: Unicode.Scalar, _ position: inout Int) -> Int? {
        guard position < buffer.count, buffer[position] == UInt8(ascii: mark),
            let end = buffer[position...].firstIndex(of: UInt8(ascii: "\r")), end + 1 < buffer.count,
            let number = Int(String(decoding: buffer[(position + 1)..<end], as: UTF8.self))
        else { return nil }
        position = end + 2
        return number
    }
}
