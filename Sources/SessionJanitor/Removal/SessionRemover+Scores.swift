import RedisClient

/// Sessions that were judged by scores: value and scores are read again, and compared once more by the script.
extension SessionRemover {
    func removeScored(_ batch: SessionBatch) throws -> Duration {
        let start = ContinuousClock.now
        var scores = ScoreReader(layout)
        try scores.ask(about: batch.keys, on: connection)
        try askValues(of: batch)
        let texts = try scores.receive(batch.keys.count, on: connection, into: reply)
        var share = SessionShare()
        share.items.head.append(scores.scores.count)
        switch judged.reading {
        case .nothing: share.items.head.append(0)
        case .string:
            share.items.head.append(-1)
            try connection.receive(into: reply)
            guard reply.count == batch.keys.count + 1, reply.kind(0) == .array else {
                throw RedisError.unexpectedReply(command: .mget, expected: "a value for each key")
            }
        case .fields(let fields):
            share.items.head.append(fields.count)
            for field in fields { share.items.head.append(field) }
        }
        for (index, fingerprint) in batch.fingerprints.enumerated() {
            guard let value = try receiveValue(index) else {
                noteGone()
                continue
            }
            let own = texts.map { $0[index] }
            guard ScoreReader.fingerprint(value.fingerprint, own) == fingerprint else {
                if value.isMissing { noteGone() } else { noteChanged(batch.keys, index) }
                continue
            }
            for mark in value.marks { share.items.values.append(mark) }
            var sets = CommandArguments()
            var number = 0
            scores.append(index, of: batch.keys, sets: &sets) { member in
                share.items.values.append(contentsOf: member)
                share.items.values.append(SessionRemover.mark(own[number]))
                number += 1
            }
            share.append(batch, index, further: sets)
        }
        return try remove(share, by: scoredScript, since: start)
    }

    /// What a session held when it was read again.
    private struct Value {
        var fingerprint: UInt64?
        var marks: [[UInt8]] = []
        /// Whether there was nothing: it may have ended by itself.
        var isMissing = false
    }

    private static func mark(_ value: [UInt8]?) -> [UInt8] {
        value.map { Array("1".utf8) + $0 } ?? Array("0".utf8)
    }

    private func askValues(of batch: SessionBatch) throws(RedisError) {
        switch judged.reading {
        case .nothing: break
        case .string: try connection.append(.mget, batch.keys)
        case .fields(let fields):
            for index in 0..<batch.keys.count {
                var arguments = CommandArguments()
                batch.keys.withArgument(index) { arguments.append($0) }
                for field in fields { arguments.append(field) }
                try connection.append(.hmget, arguments)
            }
        }
    }

    /// Nil for a session that has ended by itself.
    private func receiveValue(_ index: Int) throws(RedisError) -> Value? {
        switch judged.reading {
        case .nothing: return Value()
        case .string:
            guard reply.kind(index + 1) == .string else { return nil }
            let bytes = reply.bytes(index + 1)
            return Value(fingerprint: Census.fingerprint(bytes), marks: [SessionRemover.mark(Array(bytes))])
        case .fields(let fields):
            try connection.receiveAny(into: reply)
            guard reply.kind(0) == .array, reply.count == fields.count + 1 else { return Value() }
            let values = (1...fields.count).map { reply.kind($0) == .string ? Array(reply.bytes($0)) : nil }
            return Value(
                fingerprint: SessionReader.fingerprint(reply, 1, fields.count), marks: values.map(SessionRemover.mark),
                isMissing: values.allSatisfy { $0 == nil })
        }
    }
}
