import RedisClient

/// The moment since when nobody may have touched a key: our own reading of it lies far enough before.
///
/// The script that removes the key compares its idle time with the time since then.
enum TouchProof {
    /// More than the two seconds by which a server's idle times may be off.
    private static let pause = Duration.milliseconds(2_500)
    /// Clocks that are further apart are not waited for; the keys of the nodes that are ahead stay then.
    private static let mostSpread = Duration.seconds(60)

    /// Waits until our reading shows in idle times; returns the server's time then, in epoch seconds.
    static func take(
        _ connection: any RedisConversation, _ checkpoint: () throws -> Void
    ) throws -> Double {
        // By how much the clocks of a cluster's nodes differ, a key's idle time may be off, too.
        let clocks = try ServerClock.readAll(connection)
        let spread = Duration.seconds((clocks.max() ?? 0) - (clocks.min() ?? 0))
        try Pacer.sleep(until: .now + pause + min(spread, mostSpread), checkpoint)
        return try ServerClock.readAll(connection).min() ?? 0
    }
}
