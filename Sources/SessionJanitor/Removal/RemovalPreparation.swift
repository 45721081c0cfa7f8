import RedisClient

/// Reads what a backup or a way back needs of items just before they are removed.
struct RemovalPreparation {
    private let connection: any RedisPipeline
    private let bound: ByteBound
    /// Whether what is removed is recorded.
    private let isRecorded: Bool
    /// What the server's clock showed before lifetimes were read that are to be recorded, in epoch milliseconds.
    private(set) var time = 0
    private let reply = Reply()

    init(_ connection: any RedisPipeline, bound: ByteBound, isRecorded: Bool) {
        self.connection = connection
        self.bound = bound
        self.isRecorded = isRecorded
    }

    private func readsCopy(_ item: RemovalItem) -> Bool {
        switch item.target {
        case .member, .field: false
        case .key, .expiry: isRecorded || item.isCrossSlot
        }
    }

    private func readsField(_ item: RemovalItem) -> Bool {
        if case .member(.hash) = item.target { true } else { false }
    }

    private func readsLifetime(_ item: RemovalItem) -> Bool {
        if case .expiry = item.target { return false }
        return isRecorded || item.isCrossSlot
    }

    /// Splits items so that what is read of them stays within the bound together; what goes with a session stays with it.
    func parts(of items: [RemovalItem]) throws(RedisError) -> [Range<Int>] {
        let wanted = items.indices.filter { readsCopy(items[$0]) }
        guard !wanted.isEmpty else { return [items.indices] }
        let keys = CommandArguments(wanted.map { items[$0].key })
        var parts: [Range<Int>] = []
        var start = 0
        for part in try bound.parts(of: keys, on: connection).dropFirst() {
            let first = items[wanted[part.lowerBound]].session ?? wanted[part.lowerBound]
            guard first > start else { continue }
            parts.append(start..<first)
            start = first
        }
        return parts + [start..<items.count]
    }

    /// Fills in what those of these items hold of which nothing is known yet, and the outcome where that is known by then.
    mutating func read(_ items: inout [RemovalItem], _ places: Range<Int>) throws(RedisError) {
        if isRecorded { time = Int(clamping: try ServerClock.read(connection) * 1_000) }
        let open = places.filter { items[$0].outcome == nil }
        let lifetimes = items.grouped(open.filter { readsLifetime(items[$0]) }, by: \.key)
        for group in lifetimes { try connection.append(.pttl, CommandArguments([items[group[0]].key])) }
        let copies = open.filter { readsCopy(items[$0]) }
        for place in copies { try connection.append(.dump, CommandArguments([items[place].key])) }
        let fields = open.filter { readsField(items[$0]) }
        for place in fields {
            try connection.append(.hmget, CommandArguments([items[place].key, items[place].member]))
        }
        try connection.flush()
        for group in lifetimes {
            let left = try connection.whereReachable { () throws(RedisError) in
                try connection.receiveInteger(into: reply)
            }
            for place in group {
                items[place].lifetime = left
                items[place].readAt = .now
                if left == nil { items[place].outcome = .unreachable }
                if left == -2, items[place].kind != .entry { items[place].outcome = .gone }
            }
        }
        for place in copies {
            let isFound = try connection.whereReachable { () throws(RedisError) in
                try connection.receive(into: reply)
                return reply.kind(0) == .string
            }
            if isFound == true { items[place].payload = Array(reply.bytes(0)) }
            if isFound == false { items[place].outcome = items[place].outcome ?? .gone }
            if isFound == nil { items[place].outcome = .unreachable }
        }
        for place in fields {
            let isHash = try connection.whereReachable { () throws(RedisError) in
                try connection.receiveArrayUnlessWrongType(count: 1, into: reply)
            }
            guard isHash == true, reply.kind(1) == .string else {
                let missing = isHash.map { $0 ? RemovalTally.Outcome.gone : .retyped } ?? .unreachable
                items[place].outcome = items[place].outcome ?? missing
                continue
            }
            items[place].value = Array(reply.bytes(1))
        }
        if isRecorded { try readPositions(&items, places) }
    }

    /// Finds the positions of what is removed from lists, before any of it is.
    private func readPositions(_ items: inout [RemovalItem], _ places: Range<Int>) throws(RedisError) {
        let entries = places.filter {
            if items[$0].outcome == nil, case .member(.list) = items[$0].target { true } else { false }
        }
        for list in items.grouped(entries, by: \.key) { try readPositions(of: list, &items) }
    }

    /// These are all of one list.
    private func readPositions(of entries: [Int], _ items: inout [RemovalItem]) throws(RedisError) {
        let places = Dictionary(entries.map { (items[$0].member, $0) }) { $1 }
        var position = 0
        var steps = bound.entries
        while true {
            let limit = steps.size
            var arguments = CommandArguments([items[entries[0]].key])
            arguments.append(position)
            arguments.append(position + limit - 1)
            try connection.append(.lrange, arguments)
            let isList = try connection.whereReachable { () throws(RedisError) in
                try connection.receiveUnlessWrongType(into: reply)
            }
            // Another type by now: the removal will see that, too, and leave it alone.
            guard isList == true else {
                if isList == nil { for place in entries { items[place].outcome = .unreachable } }
                return
            }
            for index in 1..<max(reply.count, 1) {
                if let place = places[Array(reply.bytes(index))] {
                    items[place].positions.append(position + index - 1)
                }
            }
            position += reply.count - 1
            if reply.count - 1 < limit { return }
            steps.record(count: limit, seconds: 0)
            steps.record(count: limit, bytes: reply.byteCount)
        }
    }
}
