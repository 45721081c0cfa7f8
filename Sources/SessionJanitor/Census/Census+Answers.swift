import RedisClient

extension Census {
    /// The fingerprint by which a value is known again: valid in this process only.
    static func fingerprint(_ value: UnsafeRawBufferPointer) -> UInt64 {
        IdentifierSet.hash(value)
    }

    /// MGET has no value for a session that ended meanwhile, and none for one that is not a string.
    func askForTypes(of indexes: [Int], in batch: ValueBatch) throws(RedisError) {
        var argument = CommandArguments()
        for index in indexes {
            argument.removeAll()
            batch.keys.withArgument(index) { argument.append($0) }
            try connection.append(.type, argument)
        }
        try connection.flush()
        awaited.append(.types(count: indexes.count))
    }

    func countUnreadable(among count: Int) throws(RedisError) {
        for _ in 0..<count {
            try connection.receive(into: reply)
            guard reply.kind(0) == .status else { throw .unexpectedReply(command: .type, expected: "a type") }
            if reply.text(0) != "none" { unreadable += 1 }
        }
    }

    /// How much of the keyspace lies behind a cursor; for display only.
    ///
    /// Redis counts its cursors up from the top bit, so a cursor's bits reversed are the fraction walked.
    static func fractionWalked(_ cursor: [UInt8]) -> Double {
        var bits = UInt64(String(decoding: cursor, as: UTF8.self)) ?? 0
        var reversed: UInt64 = 0
        for _ in 0..<64 {
            reversed = reversed << 1 | bits & 1
            bits >>= 1
        }
        return Double(reversed) / 18_446_744_073_709_551_616
    }
}
