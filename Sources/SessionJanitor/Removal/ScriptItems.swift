import RedisClient

/// What a script judges in one go: items, each with its share of KEYS and ARGV.
struct ScriptItems {
    /// What ARGV begins with, whichever items follow.
    var head = CommandArguments()
    var keys = CommandArguments()
    var values = CommandArguments()
    /// Where each item ends in ``keys`` and ``values``.
    private var ends: [(keys: Int, values: Int)] = []

    var count: Int { ends.count }

    /// Ends an item: what was appended since the last one is its share.
    mutating func endItem() {
        ends.append((keys.count, values.count))
    }

    /// KEYS and ARGV of all items together.
    var whole: (keys: CommandArguments, values: CommandArguments) {
        guard head.count > 0 else { return (keys, values) }
        var joined = head
        joined.append(contentsOf: values)
        return (keys, joined)
    }

    /// KEYS and ARGV of one item alone.
    func single(_ index: Int) -> (keys: CommandArguments, values: CommandArguments) {
        let start = index == 0 ? (keys: 0, values: 0) : ends[index - 1]
        var (ownKeys, ownValues) = (CommandArguments(), head)
        for place in start.keys..<ends[index].keys { keys.withArgument(place) { ownKeys.append($0) } }
        for place in start.values..<ends[index].values { values.withArgument(place) { ownValues.append($0) } }
        return (ownKeys, ownValues)
    }
}
