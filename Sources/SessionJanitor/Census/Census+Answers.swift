import RedisClient

extension Census {
    /// The fingerprint by which a value is known again: valid in this process only.
    static func fingerprint(_ value: UnsafeRawBufferPointer) -> UInt64 {
        IdentifierSet.hash(value)
    }

    /// MGET has no value for a session that ended meanwhile, and none for one that is not a string.
    func askForTypes(of indexes: [Int], in batch: ValueBatch) throws(RedisError) {
        var argument = CommandArguments()
        var valueless = ValueBatch()
        for index in indexes {
            argument.removeAll()
            batch.keys.withArgument(index) {
                argument.append($0)
                valueless.keys.append($0)
            }
            valueless.hashes.append(batch.hashes[index])
            try connection.append(.type, argument)
        }
        try connection.flush()
        awaited.append(.types(valueless))
    }

    func countUnreadable(among batch: ValueBatch) throws(RedisError) {
        var count = 0
        do throws(RedisError) {
            for _ in batch.hashes {
                if try connection.receiveType(into: reply) != "none" { count += 1 }
            }
        } catch {
            unsent.insert(batch, at: 0)
            throw error
        }
        unreadable += count
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
