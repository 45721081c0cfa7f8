import RedisClient

/// Sessions whose values are asked for in one go, in columns.
struct ValueBatch {
    var keys = CommandArguments()
    var hashes: [UInt64] = []
    var templates: [UInt8] = []
    var users: [UInt64] = []
}
