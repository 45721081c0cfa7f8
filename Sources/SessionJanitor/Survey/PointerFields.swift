import RedisClient

/// The fields of one kind of hash that are pointers: those of all templates that may match the same keys.
struct PointerFields {
    /// The numbers of their templates; the first is the one that the census found the key by.
    let templates: [Int]
    private let layout: Layout
    private let names: [[UInt8]]

    /// Nil if the template with this number is of a string.
    init?(_ layout: Layout, _ number: Int) {
        let pointer = layout.pointerKeys[number]
        guard pointer.field != nil else { return nil }
        self.layout = layout
        templates =
            [number]
            + layout.pointerKeys.indices.filter { $0 > number && pointer.sharesKeys(with: layout.pointerKeys[$0]) }
        names = templates.map { Array((layout.pointerKeys[$0].field ?? "").utf8) }
    }

    /// Sends a question about a key's fields.
    func ask(
        about key: UnsafeRawBufferPointer, _ arguments: inout CommandArguments, on connection: any RedisPipeline
    ) throws(RedisError) {
        arguments.removeAll()
        arguments.append(key)
        for name in names { arguments.append(name) }
        try connection.append(.hmget, arguments)
    }

    /// Receives the answer: node 1 is the first field's. False for a key that is no hash.
    func receive(into reply: Reply, on connection: any RedisPipeline) throws(RedisError) -> Bool {
        try connection.receiveAny(into: reply)
        if reply.kind(0) == .error {
            let error = RedisError(reply: reply.text(0), to: .hmget)
            guard error.serverCode == "WRONGTYPE" else { throw error }
            return false
        }
        guard reply.kind(0) == .array, reply.count == names.count + 1 else {
            throw .unexpectedReply(command: .hmget, expected: "a value for each field")
        }
        return true
    }

    /// The stem of a key by one of the templates; nil if that one does not match it.
    func stem(
        of key: UnsafeRawBufferPointer, _ number: Int
    ) -> UnsafeRawBufferPointer? {
        let template = layout.pointerKeys[number].template
        guard number == templates[0] || template.matches(key) else { return nil }
        return template.stem(of: key)
    }
}
