import RedisClient

extension RedisError {
    /// Of this and an earlier error the one that tells what becomes of the run: what is about a part of the cluster alone
    /// ends nothing.
    func graver(than earlier: RedisError?) -> RedisError {
        guard let earlier, !earlier.isOutOfReach || isOutOfReach else { return self }
        return earlier
    }
}
