import RedisClient

extension RedisError {
    /// Of this and an earlier error the one that tells what becomes of the run: what is about a part of the cluster alone
    /// ends nothing.
    func moreSevere(than earlier: RedisError?) -> RedisError {
        guard let earlier, !earlier.isUnreachable || isUnreachable else { return self }
        return earlier
    }
}
