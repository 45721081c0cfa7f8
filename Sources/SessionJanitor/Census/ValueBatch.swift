import RedisClient

/// Sessions whose values are asked for in one go, in columns.
struct ValueBatch {
    var keys = CommandArguments()
    var hashes: [UInt64] = []
    var templates: [UInt8] = []
    var users: [UInt64] = []
    /// Whether the sizes of its values are known to be within the bound together, or it is one value.
    var isSized = false

    subscript(part: Range<Int>) -> ValueBatch {
        var batch = ValueBatch(isSized: true)
        for index in part {
            keys.withArgument(index) { batch.keys.append($0) }
            batch.hashes.append(hashes[index])
            if !templates.isEmpty { batch.templates.append(templates[index]) }
            if !users.isEmpty { batch.users.append(users[index]) }
        }
        return batch
    }
}
