import CHiredis

/// Puts a command into Redis's wire format, by hiredis.
struct CommandFormatter {
    private var pointers: [UnsafePointer<CChar>?] = []
    private var lengths: [Int] = []
    private var joined: [UInt8] = []
    /// A larger buffer is given back.
    private static let keptBytes = 1 << 20

    /// Appends the formatted command to `output`.
    mutating func format(_ words: [[UInt8]], _ arguments: CommandArguments, to output: inout [UInt8]) {
        // The words and the arguments stand in one buffer, so that one base address serves all pointers.
        var joined: [UInt8] = []
        swap(&joined, &self.joined)
        defer { swap(&joined, &self.joined) }
        joined.removeAll(keepingCapacity: joined.capacity <= CommandFormatter.keptBytes)
        for word in words { joined.append(contentsOf: word) }
        joined.append(contentsOf: arguments.bytes)

        pointers.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        joined.withUnsafeBufferPointer { buffer in
            guard let base = UnsafeRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self) else { return }
            var start = 0
            for word in words {
                pointers.append(base + start)
                lengths.append(word.count)
                start += word.count
            }
            let argumentsStart = start
            for end in arguments.ends {
                pointers.append(base + start)
                lengths.append(argumentsStart + end - start)
                start = argumentsStart + end
            }
            // Of hiredis's two ways to do it the one that is several times as fast, as it does without sprintf.
            var formatted: sds?
            let length = redisFormatSdsCommandArgv(&formatted, Int32(pointers.count), &pointers, lengths)
            guard let formatted, length >= 0 else { fatalError("out of memory") }
            output.append(contentsOf: UnsafeRawBufferPointer(start: formatted, count: Int(length)))
            redisFreeSdsCommand(formatted)
        }
    }
}
