import RedisClient

/// Asks sessions whether they name a pointer.
struct BackCheck {
    private let source: ValueSource
    private let reader: ValueReader

    init(_ source: ValueSource) {
        self.source = source
        reader = ValueReader([source])
    }

    /// Whether it reads all of a session's value.
    var readsWhole: Bool { reader.reading.takesStrings }
    /// How many answers there are about each key.
    var answersEach: Int { reader.questions.count }

    /// Sends a question about each of the keys of a session.
    func ask(about keys: CommandArguments, on connection: any RedisPipeline) throws(RedisError) {
        try reader.ask(aboutEach: keys, on: connection)
    }

    /// What one of the answers names; nil if that tells nothing.
    func name(in reply: Reply, to command: RedisCommand) throws(RedisError) -> [UInt8]? {
        try reader.content(in: reply, to: command)?.text(source)
    }

    /// Whether the keys of a session name a token, and none of them this one.
    ///
    /// Only a session that names another token tells that a pointer is not current: one that cannot be read tells
    /// nothing.
    static func isAnother(_ named: [[UInt8]], than token: [UInt8]) -> Bool {
        !named.isEmpty && !named.contains(token)
    }
}
