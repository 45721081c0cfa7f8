import RedisClient

/// A script that gives each item of a batch a verdict: one step on a single server; on a cluster a step for each item, on
/// the node that has its keys.
final class BatchScript {
    struct Answer {
        /// Nil where an item was not dealt with, or nobody knows.
        var verdicts: [Int?]
        /// The places of the items that were sent and not answered: carried out or not.
        var lost: [Int] = []
        var failure: RedisError?
    }

    private let connection: any RedisPipeline
    private var script: ServerScript
    private let notBefore: (_ key: UnsafeRawBufferPointer) -> Int
    private let reply = Reply()

    /// `notBefore` tells when a key's item was judged, in epoch microseconds by the clock of the server that has it. On a
    /// server whose clock shows an earlier time the item stays, with the verdict -1.
    init(
        _ connection: any RedisPipeline, _ script: ServerScript,
        notBefore: @escaping (_ key: UnsafeRawBufferPointer) -> Int = { _ in 0 }
    ) {
        self.notBefore = notBefore
        self.connection = connection
        self.script = script
    }

    /// Loads the script: before a step that has to follow another one without a delay.
    func prepare() throws(RedisError) {
        try script.prepare(connection)
    }

    /// Whatever fails is part of the answer.
    func run(_ items: ScriptItems) -> Answer {
        var answer = Answer(verdicts: [Int?](repeating: nil, count: items.count))
        guard items.count > 0 else { return answer }
        if connection.isCluster {
            runEach(items, &answer)
        } else {
            runWhole(items, &answer)
        }
        return answer
    }

    private func runWhole(_ items: ScriptItems, _ answer: inout Answer) {
        let attempt = RemovalAttempt(on: connection)
        let (keys, values) = items.whole
        do throws(RedisError) {
            try script.run(
                connection, keys: keys, values: values, notBefore: keys.withArgument(0, notBefore), into: reply)
            try ScriptAnswer(reply: reply).takeVerdicts(items.count) { answer.verdicts[$0] = $1 }
        } catch .server(_, RedisError.early, _) {
            answer.verdicts = [Int?](repeating: -1, count: items.count)
        } catch {
            answer.failure = error
            if attempt.isUncertain(after: error) { answer.lost = Array(0..<items.count) }
        }
    }

    private func runEach(_ items: ScriptItems, _ answer: inout Answer) {
        do throws(RedisError) {
            try script.prepare(connection)
            for index in 0..<items.count {
                let (keys, values) = items.single(index)
                try script.append(
                    connection, keys: keys, values: values, notBefore: keys.withArgument(0, notBefore))
            }
        } catch {
            // Nothing was sent: what cannot be sent to a node shows where its answer is received.
            answer.failure = error
            return
        }
        for index in 0..<items.count {
            do throws(RedisError) {
                try connection.receive(into: reply)
                try ScriptAnswer(reply: reply).takeVerdicts(1) { answer.verdicts[index] = $1 }
            } catch .server(_, RedisError.early, _) {
                answer.verdicts[index] = -1
            } catch {
                answer.failure = error.moreSevere(than: answer.failure)
                if !error.isRefusal { answer.lost.append(index) }
            }
        }
    }
}
