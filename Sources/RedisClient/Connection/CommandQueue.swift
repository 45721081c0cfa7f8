import CHiredis

/// The commands that were appended and not answered yet, in Redis's wire format and in order.
struct CommandQueue {
    private struct Pending {
        var command: RedisCommand
        /// Where it ends in ``bytes``.
        var end: Int
        var hasDeadline = false
    }

    /// A command in Redis's wire format.
    struct Formatted {
        var bytes: [UInt8]
        /// Whether its last argument is a deadline.
        var hasDeadline: Bool
    }

    private var formatter = CommandFormatter()
    /// The last command and its words: mostly it is the next one, too.
    private var last = (command: RedisCommand.ping, words: RedisCommand.ping.words)
    private var bytes: [UInt8] = []
    private var pending: [Pending] = []
    private var answered = 0
    private var sent = 0

    /// So much that was answered is kept before it is dropped; dropping moves the rest.
    private static let kept = 64 << 10
    /// A larger buffer is given back when it is empty.
    private static let keptCapacity = 1 << 20

    /// How many commands wait for an answer.
    var count: Int { pending.count - answered }
    var commands: some Sequence<RedisCommand> { pending[answered...].lazy.map(\.command) }
    /// The one whose answer comes next.
    var first: RedisCommand? { answered < pending.count ? pending[answered].command : nil }
    var hasUnsent: Bool { sent < bytes.count }

    mutating func append(_ command: RedisCommand, _ arguments: CommandArguments) {
        if command != last.command { last = (command, command.words) }
        formatter.format(last.words, arguments, to: &bytes)
        pending.append(Pending(command: command, end: bytes.count, hasDeadline: arguments.endsWithDeadline))
    }

    /// The command whose answer comes next.
    var firstFormatted: Formatted? {
        guard answered < pending.count else { return nil }
        let start = answered == 0 ? 0 : pending[answered - 1].end
        return Formatted(
            bytes: Array(bytes[start..<pending[answered].end]), hasDeadline: pending[answered].hasDeadline)
    }

    /// Adds a command that was formatted before.
    mutating func append(_ command: RedisCommand, formatted: Formatted) {
        bytes.append(contentsOf: formatted.bytes)
        pending.append(Pending(command: command, end: bytes.count, hasDeadline: formatted.hasDeadline))
    }

    /// Whether something that was not sent yet has a deadline.
    var hasUnsentDeadline: Bool { pending.reversed().prefix { $0.end > sent }.contains(where: \.hasDeadline) }

    /// Gives what was not sent yet this deadline.
    mutating func fillIn(deadline: [UInt8]) {
        for command in pending.reversed().prefix(while: { $0.end > sent }) where command.hasDeadline {
            // A line break follows the last argument.
            bytes.replaceSubrange(command.end - 2 - deadline.count..<command.end - 2, with: deadline)
        }
    }

    /// Hands out what is to be sent, which counts as sent if `body` does not throw.
    mutating func send(_ body: (UnsafeRawBufferPointer) throws(Socket.Failure) -> Void) throws(Socket.Failure) {
        let start = sent
        try bytes.withUnsafeBufferPointer { buffer throws(Socket.Failure) in
            try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: buffer[start...])))
        }
        sent = bytes.count
    }

    /// Takes the oldest command off: it was answered.
    mutating func removeFirst() -> RedisCommand {
        let command = pending[answered].command
        answered += 1
        if answered == pending.count {
            removeAll()
        } else if pending[answered - 1].end >= CommandQueue.kept {
            dropAnswered()
        }
        return command
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= CommandQueue.keptCapacity)
        pending.removeAll(keepingCapacity: true)
        sent = 0
        answered = 0
    }

    /// Makes everything unsent again, for another connection.
    mutating func rewind() {
        dropAnswered()
        sent = 0
    }

    /// Where batches overlap there is always something unanswered, so this cannot wait for the queue to be empty.
    private mutating func dropAnswered() {
        guard answered > 0 else { return }
        let start = pending[answered - 1].end
        bytes.removeSubrange(..<start)
        pending.removeSubrange(..<answered)
        for index in pending.indices { pending[index].end -= start }
        sent = max(sent - start, 0)
        answered = 0
    }
}

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
