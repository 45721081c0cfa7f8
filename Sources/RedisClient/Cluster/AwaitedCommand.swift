/// A command to a cluster whose reply has not been received, and how many nodes' answers make it up.
struct AwaitedCommand {
    var command: RedisCommand
    var parts: Int
}
