import Synchronization

@testable import RedisClient

/// Sends any command, as bytes, to set up and to read what a test is about; usable from several threads.
///
/// RedisConnection only knows the commands of the janitor, on purpose; its parts are enough for this one.
public final class TestClient: Sendable {
    private let conversation: Mutex<Conversation>

    public init(socketPath: String, timeout: Duration = .seconds(20)) throws {
        conversation = Mutex(try Conversation(socketPath: socketPath, timeout: timeout))
    }

    /// Sends one command; an error reply is thrown.
    @discardableResult
    public func call(_ words: Bytes...) throws -> RedisValue {
        try call(words)
    }

    @discardableResult
    public func call(_ words: [Bytes]) throws -> RedisValue {
        let reply = try pipeline([words])[0]
        if case .error(let text) = reply { throw SupportError("\(words.prefix(4)) was answered with: \(text)") }
        return reply
    }

    /// Sends one command; an error reply is returned like any other.
    public func ask(_ words: Bytes...) throws -> RedisValue {
        try pipeline([words])[0]
    }

    /// Sends all commands before it reads the first reply; error replies are returned.
    public func pipeline(_ commands: [[Bytes]]) throws -> [RedisValue] {
        try conversation.withLock { try $0.exchange(commands) }
    }

    /// Sends all commands; the first error reply is thrown.
    public func run(_ commands: [[Bytes]]) throws {
        for (command, reply) in zip(commands, try pipeline(commands)) {
            if case .error(let text) = reply { throw SupportError("\(command.prefix(4)) was answered with: \(text)") }
        }
    }
}

/// The connection of a ``TestClient``.
private struct Conversation: ~Copyable {
    private let socket: Socket
    private var formatter = CommandFormatter()
    private let reader = ReplyReader()
    private let buffer: UnsafeMutableRawBufferPointer

    private let timeout: Duration

    init(socketPath: String, timeout: Duration) throws {
        socket = try Socket(.unix(path: socketPath), timeout: timeout)
        buffer = .allocate(byteCount: 64 << 10, alignment: 1)
        self.timeout = timeout
    }

    deinit {
        buffer.deallocate()
    }

    mutating func exchange(_ commands: [[Bytes]]) throws -> [RedisValue] {
        var output: [UInt8] = []
        for command in commands { formatter.format(command.map(\.raw), CommandArguments(), to: &output) }
        try output.withUnsafeBytes { try socket.write($0) }
        let reply = Reply()
        return try commands.map { _ in
            try receive(into: reply)
            var index = 0
            return Conversation.value(reply, &index)
        }
    }

    private func receive(into reply: Reply) throws {
        reply.clear()
        while true {
            guard let isComplete = reader.next(into: reply) else { throw SupportError(reader.errorText) }
            if isComplete { return }
            let count = try socket.read(into: buffer, before: .now + timeout)
            guard reader.feed(UnsafeRawBufferPointer(rebasing: buffer[..<count])) else {
                throw SupportError(reader.errorText)
            }
        }
    }

    private static func value(_ reply: Reply, _ index: inout Int) -> RedisValue {
        let current = index
        index += 1
        return switch reply.kind(current) {
        case .string: .string(Bytes(reply.bytes(current)))
        case .status: .status(reply.text(current))
        case .error: .error(reply.text(current))
        case .integer: .integer(reply.integer(current))
        case .null: .null
        case .array: .array((0..<reply.integer(current)).map { _ in value(reply, &index) })
        }
    }
}
