import RedisClient

/// Asks sessions whether they name a pointer.
struct BackCheck {
    private let source: ValueSource
    private let field: [UInt8]?
    private let scanner: JSONScanner?

    init(_ source: ValueSource) {
        self.source = source
        if case .hash(let field) = source { self.field = Array(field.utf8) } else { field = nil }
        if case .json(let path) = source { scanner = JSONScanner([path]) } else { scanner = nil }
    }

    /// Whether it reads all of a session's value.
    var readsWhole: Bool { field == nil }

    /// Sends a question about each of the keys of a session.
    func ask(about keys: CommandArguments, on connection: any RedisPipeline) throws(RedisError) {
        var arguments = CommandArguments()
        try ask(about: keys, &arguments, on: connection)
    }

    /// The same for one who asks often, and keeps the arguments from one time to the next.
    func ask(
        about keys: CommandArguments, _ arguments: inout CommandArguments, on connection: any RedisPipeline
    ) throws(RedisError) {
        for index in 0..<keys.count {
            arguments.removeAll()
            keys.withArgument(index) { arguments.append($0) }
            if let field { arguments.append(field) }
            try connection.append(field == nil ? .mget : .hmget, arguments)
        }
    }

    /// Receives the answers about the `count` keys of a session.
    ///
    /// Only a session that names another token tells that a pointer is not current: one that cannot be read tells
    /// nothing.
    func namesAnother(
        than token: UnsafeRawBufferPointer, _ count: Int, on connection: any RedisPipeline, into reply: Reply
    ) throws(RedisError) -> Bool {
        var (namesThis, namesAnother) = (false, false)
        for _ in 0..<count {
            try connection.receiveAny(into: reply)
            guard let value = try value(in: reply) else { continue }
            let isThis: Bool? =
                field == nil ? text(in: value).map { token.elementsEqual($0) } : value.elementsEqual(token)
            guard let isThis else { continue }
            if isThis { namesThis = true } else { namesAnother = true }
        }
        return namesAnother && !namesThis
    }

    /// What the answer about one key of a session names; nil if that tells nothing.
    func name(in reply: Reply) throws(RedisError) -> [UInt8]? {
        guard let value = try value(in: reply) else { return nil }
        return field == nil ? text(in: value) : Array(value)
    }

    /// Whether the keys of a session name a token, and none of them this one.
    static func isAnother(_ named: [[UInt8]], than token: [UInt8]) -> Bool {
        !named.isEmpty && !named.contains(token)
    }

    private func value(in reply: Reply) throws(RedisError) -> UnsafeRawBufferPointer? {
        if reply.kind(0) == .error {
            let error = RedisError(reply: reply.text(0), to: .hmget)
            guard error.serverCode == "WRONGTYPE" else { throw error }
            return nil
        }
        guard reply.kind(0) == .array, reply.count == 2 else {
            throw .unexpectedReply(command: .hmget, expected: "one value")
        }
        return reply.kind(1) == .string ? reply.bytes(1) : nil
    }

    private func text(in value: UnsafeRawBufferPointer) -> [UInt8]? {
        scanner.flatMap { SessionContent(json: value, $0) }?.text(source)
    }
}
