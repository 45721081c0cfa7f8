import CHiredis

/// Turns bytes from the server into replies: hiredis's reader, with callbacks that fill a ``Reply``.
///
/// The callbacks copy straight out of hiredis's buffer, so that no object is allocated for an element.
final class ReplyReader {
    private let reader: UnsafeMutablePointer<redisReader>
    private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>

    init() {
        functions = .allocate(capacity: 1)
        functions.initialize(to: ReplyReader.callbacks())
        guard let reader = redisReaderCreateWithFunctions(functions) else {
            fatalError("out of memory")
        }
        // The buffer is used again at once: giving it back after each reply, hiredis's default, costs more.
        reader.pointee.maxbuf = 0
        self.reader = reader
    }

    deinit {
        redisReaderFree(reader)
        functions.deallocate()
    }

    /// Takes in bytes from the server; false if they cannot be Redis's protocol, see ``errorText``.
    func feed(_ bytes: UnsafeRawBufferPointer) -> Bool {
        redisReaderFeed(reader, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count) == REDIS_OK
    }

    /// Continues to fill `reply` with what was fed: true once it is complete, false while bytes are missing, nil if
    /// the bytes are not Redis's protocol. A reply that was begun has to be continued with the same object.
    func next(into reply: Reply) -> Bool? {
        reader.pointee.privdata = Unmanaged.passUnretained(reply).toOpaque()
        var object: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &object) == REDIS_OK else { return nil }
        return object != nil
    }

    /// hiredis's word for what was wrong with the bytes.
    var errorText: String {
        withUnsafeBytes(of: reader.pointee.errstr) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// What the callbacks return for "done": hiredis only asks whether it is null.
    private static var token: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: 1) }

    private static func callbacks() -> redisReplyObjectFunctions {
        var functions = redisReplyObjectFunctions()
        functions.createString = { task, text, length in
            guard let task, let text, let reply = ReplyReader.reply(of: task) else { return nil }
            let kind: Reply.Kind =
                switch task.pointee.type {
                case REDIS_REPLY_ERROR: .error
                case REDIS_REPLY_STATUS: .status
                default: .string
                }
            reply.append(kind, bytes: text, count: length)
            return ReplyReader.token
        }
        functions.createArray = { task, count in
            guard let task, let reply = ReplyReader.reply(of: task) else { return nil }
            reply.append(.array, value: Int(count))
            return ReplyReader.token
        }
        functions.createInteger = { task, value in
            guard let task, let reply = ReplyReader.reply(of: task) else { return nil }
            reply.append(.integer, value: Int(value))
            return ReplyReader.token
        }
        functions.createNil = { task in
            guard let task, let reply = ReplyReader.reply(of: task) else { return nil }
            reply.append(.null, value: 0)
            return ReplyReader.token
        }
        functions.freeObject = { _ in }
        return functions
    }

    private static func reply(of task: UnsafePointer<redisReadTask>) -> Reply? {
        task.pointee.privdata.map { Unmanaged<Reply>.fromOpaque($0).takeUnretainedValue() }
    }
}
