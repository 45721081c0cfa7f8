import RedisClient

/// Tells, when a removal fails, whether the server may have carried it out.
struct RemovalAttempt {
    private let connection: any RedisPipeline
    private let sentBefore: Int

    /// To be made just before the removal is sent.
    init(on connection: any RedisPipeline) {
        self.connection = connection
        sentBefore = connection.writeCommandsSent
    }

    /// It was sent, and there is no answer.
    func isUncertain(after error: RedisError) -> Bool {
        error.serverCode == nil && connection.writeCommandsSent > sentBefore
    }
}
