import RedisClient

/// Puts fields back into hashes where they are missing; a hash that has to be made anew gets its expiry time again.
struct FieldRestorer {
    private let connection: any RedisPipeline
    private let isDryRun: Bool
    private let reply = Reply()

    init(_ connection: any RedisPipeline, isDryRun: Bool) {
        self.connection = connection
        self.isDryRun = isDryRun
    }

    /// `now` is the server's time in epoch milliseconds; a hash whose time has come is only left away if it is gone.
    func restore(_ fields: [BackupField], at now: Int, _ tally: inout RestoreTally) throws(RedisError) {
        var (fields, isNew) = (fields, try areMissing(fields))
        let wanted = fields.indices.filter { !isNew[$0] || fields[$0].expiresAt.map { $0 > now } ?? true }
        tally.statistics.expired += fields.count - wanted.count
        (fields, isNew) = (wanted.map { fields[$0] }, wanted.map { isNew[$0] })
        for field in fields { try ask(field) }
        var remade: [[UInt8]: Int] = [:]
        for (field, isNew) in zip(fields, isNew) {
            let command = try connection.receiveAny(into: reply)
            if reply.kind(0) == .error {
                let error = RedisError(reply: reply.text(0), to: command)
                guard error.serverCode == "WRONGTYPE" else { throw error }
                tally.noteRejection(reply.text(0))
                continue
            }
            let isThere = isDryRun ? reply.count == 2 && reply.kind(1) == .string : reply.integer(0) == 0
            guard !isThere else {
                tally.note(present: 1)
                continue
            }
            tally.note(as: \.entriesRestored, isDryRun: isDryRun)
            if isNew, let expiry = field.expiresAt { remade[field.key.bytes] = expiry }
        }
        guard !isDryRun else { return }
        for (key, expiry) in remade {
            var arguments = CommandArguments([key])
            arguments.append(expiry)
            _ = try connection.call(.pexpireat, arguments, into: reply)
        }
    }

    private func ask(_ field: BackupField) throws(RedisError) {
        var arguments = CommandArguments([field.key.bytes])
        arguments.append(field.field)
        if !isDryRun { arguments.append(field.value.bytes) }
        try connection.append(isDryRun ? .hmget : .hsetnx, arguments)
    }

    /// By field, whether its hash is gone: one that expired then would have none by itself.
    private func areMissing(_ fields: [BackupField]) throws(RedisError) -> [Bool] {
        for field in fields { try connection.append(.exists, CommandArguments([field.key.bytes])) }
        var answers: [Bool] = []
        for _ in fields {
            try connection.receive(into: reply)
            guard reply.kind(0) == .integer else {
                throw .unexpectedReply(command: .exists, expected: "a number")
            }
            answers.append(reply.integer(0) == 0)
        }
        return answers
    }
}
