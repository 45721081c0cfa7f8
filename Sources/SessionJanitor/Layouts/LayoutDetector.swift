public import RedisClient

/// Looks at a sample of a server's keys, and at what they say of each other, to tell which built-in layout they have.
///
/// A server hands its keys out in the order of their hashes, so the first ones are as good a sample as any.
public final class LayoutDetector {
    private let connection: any RedisPipeline
    private let layouts: [(name: BuiltInLayout, layout: Layout)]
    private let isStopped: () -> Bool
    private let reply = Reply()

    /// So many keys are enough to know, and so many rounds have to be enough on a server whose table is nearly empty.
    private static let mostKeys = 20_000
    private static let mostRounds = 400
    /// So many index keys, and pointers, of each template; so many entries of a key; so many sessions of a layout.
    private static let mostNames = 100
    private static let mostEntries = 10
    private static let mostValues = 20
    private static let batch = 500

    private struct Key {
        let name: [UInt8]
        /// Nil where a right is missing.
        var type: String?
    }

    /// `prefix` takes the place of the layouts' own; `isStopped` is asked between two batches.
    public init(_ connection: any RedisPipeline, prefix: String? = nil, isStopped: @escaping () -> Bool = { false }) {
        self.connection = connection
        self.isStopped = isStopped
        layouts = BuiltInLayout.allCases.compactMap { builtIn in
            (try? Layout(builtIn, prefix: prefix)).map { (builtIn, $0) }
        }
    }

    /// Nil if it was stopped.
    public func run() throws(RedisError) -> LayoutDetection? {
        guard let keys = try sample() else { return nil }
        var shapes = KeyShapes()
        for key in keys { shapes.add(key.name, type: key.type) }
        let matched = layouts.map { LayoutDetector.match($0.layout, keys) }
        var found: [LayoutEvidence] = []
        for (number, (name, layout)) in layouts.enumerated() {
            var evidence = LayoutEvidence(name, layout, keys.map(\.type), matched[number])
            for (other, theirs) in zip(layouts, matched) where other.name != name {
                let types = BuiltInLayout.types(of: other.layout, other.name)
                let count = keys.indices.count { key in
                    guard let own = matched[number][key], own < layout.sessionKeys.count, let their = theirs[key],
                        !other.layout.isPresence(their)
                    else { return false }
                    return keys[key].type.map { types[their].contains($0) } ?? true
                }
                if count > 0 { evidence.shared[other.name] = count }
            }
            guard try look(layout, keys, matched[number], &evidence) else { return nil }
            found.append(evidence)
        }
        return LayoutDetection(
            keys: keys.count, hidden: keys.count { $0.type == nil }, evidence: found, shapes: shapes.commonest())
    }

    // MARK: The keys

    /// Some keys of every primary.
    private func sample() throws(RedisError) -> [Key]? {
        var names: [[UInt8]] = []
        var seen: Set<[UInt8]> = []
        let walks = connection.topology.shards.map { connection.sibling(at: $0) }
        for (place, walk) in walks.enumerated() {
            let limit = LayoutDetector.mostKeys * (place + 1) / walks.count
            var cursor = "0"
            var rounds = 0
            repeat {
                guard !isStopped() else { return nil }
                var arguments = CommandArguments()
                arguments.append(cursor)
                arguments.append("COUNT")
                arguments.append(LayoutDetector.batch)
                try walk.append(.scan, arguments)
                try walk.receiveKeys(into: reply)
                cursor = reply.text(1)
                for node in 3..<reply.count where seen.insert(Array(reply.bytes(node))).inserted {
                    names.append(Array(reply.bytes(node)))
                }
                rounds += 1
            } while cursor != "0" && names.count < limit && rounds < LayoutDetector.mostRounds
        }
        guard let types = try types(of: names) else { return nil }
        // A key that ended meanwhile is of no type.
        return zip(names, types).compactMap { $1 == "none" ? nil : Key(name: $0, type: $1) }
    }

    /// Of each key its type, or nil where a right is missing.
    private func types(of keys: [[UInt8]]) throws(RedisError) -> [String?]? {
        try answers(keys.map { (.type, CommandArguments([$0])) }) { $0.text(0) }
    }

    /// What came of each command; nil for one that was refused, or is not for keys of this type.
    private func answers<Answer>(
        _ commands: [(RedisCommand, CommandArguments)], _ read: (Reply) -> Answer
    ) throws(RedisError) -> [Answer?]? {
        var answers: [Answer?] = []
        for start in stride(from: 0, to: commands.count, by: LayoutDetector.batch) {
            guard !isStopped() else { return nil }
            let batch = commands[start..<min(start + LayoutDetector.batch, commands.count)]
            for (command, arguments) in batch { try connection.append(command, arguments) }
            for _ in batch {
                let command = try connection.receiveAny(into: reply)
                guard reply.kind(0) == .error else {
                    answers.append(read(reply))
                    continue
                }
                let error = RedisError(reply: reply.text(0), to: command)
                guard ["NOPERM", "WRONGTYPE"].contains(error.serverCode ?? "") else { throw error }
                answers.append(nil)
            }
        }
        return answers
    }

    /// Which template of a layout each key is of.
    private static func match(_ layout: Layout, _ keys: [Key]) -> [Int?] {
        let templates = layout.templates
        return keys.map { key in
            key.name.withUnsafeBytes { bytes in templates.firstIndex { $0.matches(bytes) } }
        }
    }

    // MARK: What they say of each other

    /// False if it was stopped.
    private func look(
        _ layout: Layout, _ keys: [Key], _ matched: [Int?], _ evidence: inout LayoutEvidence
    ) throws(RedisError) -> Bool {
        func some(_ template: Int, _ types: Set<String>, _ limit: Int) -> [Key] {
            Array(
                zip(keys, matched).lazy.filter { $1 == template && $0.type.map(types.contains) ?? false }.map(\.0)
                    .prefix(limit))
        }
        let sessionTypes = Set(evidence.keys[0].expected)
        var named: [CommandArguments] = []
        var entries = SessionResolver(layout)
        for index in layout.indexKeys.indices {
            let own = some(layout.sessionKeys.count + index, ["zset", "set", "list"], LayoutDetector.mostNames)
            let questions = own.flatMap { key in LayoutDetector.entries(of: key).map { (key: key, command: $0) } }
            guard let lists = try answers(questions.map(\.command), LayoutDetector.members) else { return false }
            for (key, members) in zip(questions.map(\.key), lists) {
                key.name.withUnsafeBytes { bytes in
                    entries.begin(index, stem: layout.indexKeys[index].template.stem(of: bytes))
                    for member in (members ?? []).prefix(LayoutDetector.mostEntries) {
                        var arguments = CommandArguments()
                        member.withUnsafeBytes { entries.appendKeys(of: $0, to: &arguments) }
                        named.append(arguments)
                    }
                }
            }
        }
        guard let members = try naming(named, sessionTypes) else { return false }
        evidence.members = members
        guard let pointers = try pointers(layout, sessionTypes, some) else { return false }
        evidence.pointers = pointers
        guard let values = try dates(layout, some(0, sessionTypes, LayoutDetector.mostValues)) else { return false }
        evidence.values = values
        return true
    }

    /// The newest ones: of a sorted set those with the highest scores, of a list those at its ends. What is old may be
    /// orphaned to the last entry, in a layout that is the right one.
    private static func entries(of key: Key) -> [(RedisCommand, CommandArguments)] {
        func range(_ first: Int, _ last: Int) -> CommandArguments {
            var arguments = CommandArguments([key.name])
            arguments.append(first)
            arguments.append(last)
            return arguments
        }
        switch key.type {
        case "zset": return [(.zrange, range(-mostEntries, -1))]
        case "list": return [(.lrange, range(0, mostEntries / 2 - 1)), (.lrange, range(-mostEntries / 2, -1))]
        default:
            var arguments = CommandArguments([key.name])
            arguments.append("0")
            arguments.append("COUNT")
            arguments.append(mostEntries)
            return [(.sscan, arguments)]
        }
    }

    /// The strings of an array, or of the array beside a cursor.
    private static func members(_ reply: Reply) -> [[UInt8]] {
        let first = reply.count > 2 && reply.kind(2) == .array ? 3 : 1
        return (first..<max(reply.count, first)).filter { reply.kind($0) == .string }.map { Array(reply.bytes($0)) }
    }

    /// Whether there is a session of one of these types for each of what names one; what names none by its form counts
    /// as well.
    private func naming(_ names: [CommandArguments], _ types: Set<String>) throws(RedisError) -> LayoutEvidence.Look? {
        var commands: [(RedisCommand, CommandArguments)] = []
        for keys in names {
            for key in 0..<keys.count {
                commands.append((.type, keys.withArgument(key) { CommandArguments([Array($0)]) }))
            }
        }
        guard let found = try answers(commands, { $0.text(0) }) else { return nil }
        var look = LayoutEvidence.Look(looked: names.count)
        var place = 0
        for keys in names {
            let own = found[place..<place + keys.count]
            if own.contains(where: { $0.map(types.contains) ?? false }) {
                look.good += 1
            } else if own.contains(where: { $0 == nil }) {
                // What we may not ask for tells nothing.
                look.looked -= 1
            }
            place += keys.count
        }
        return look
    }

    private func pointers(
        _ layout: Layout, _ types: Set<String>, _ some: (Int, Set<String>, Int) -> [Key]
    ) throws(RedisError) -> LayoutEvidence.Look? {
        var named: [CommandArguments] = []
        var resolver = SessionResolver(layout)
        for (number, pointer) in layout.pointerKeys.enumerated() where pointer.field == nil {
            let own = some(
                layout.sessionKeys.count + layout.indexKeys.count + number, ["string"], LayoutDetector.mostNames)
            guard let values = try answers(own.map { (.mget, CommandArguments([$0.name])) }, LayoutDetector.members)
            else { return nil }
            for (key, value) in zip(own, values) {
                guard let value = value?.first else { continue }
                var arguments = CommandArguments()
                key.name.withUnsafeBytes { bytes in
                    value.withUnsafeBytes { value in
                        _ = resolver.withRoute(.pointer, number, stem: pointer.template.stem(of: bytes), value: value) {
                            $0.appendKeys(to: &arguments, outer: $1, inner: $2)
                        }
                    }
                }
                named.append(arguments)
            }
        }
        return try naming(named, types)
    }

    /// Of how many of these sessions a date can be read.
    private func dates(_ layout: Layout, _ sessions: [Key]) throws(RedisError) -> LayoutEvidence.Look? {
        var look = LayoutEvidence.Look()
        guard !layout.dates.isEmpty else { return look }
        let sources = layout.dates.flatMap { [$0.source] + ($0.addend.map { [$0] } ?? []) }
        let reading = SessionReader.reading(sources)
        let scanner = SessionReader.scanner(sources)
        for session in sessions {
            var arguments = CommandArguments([session.name])
            var command = RedisCommand.mget
            if case .fields(let fields) = reading {
                for field in fields { arguments.append(field) }
                command = .hmget
            }
            // One at a time: they may be large.
            let answer = try answers([(command, arguments)]) { reply -> Bool in
                LayoutDetector.content(reply, reading, scanner).map { content in
                    var dates = SessionDates()
                    for date in layout.dates { dates.note(date.clock, content.date(date)) }
                    return layout.dates.contains { dates[$0.clock] != nil }
                } ?? false
            }
            guard let answer else { return nil }
            guard let hasDate = answer.first ?? nil else { continue }
            look.looked += 1
            if hasDate { look.good += 1 }
        }
        return look
    }

    private static func content(
        _ reply: Reply, _ reading: SessionReader.Reading, _ scanner: JSONScanner?
    ) -> SessionContent? {
        guard case .fields(let fields) = reading else {
            guard let scanner, reply.count > 1, reply.kind(1) == .string else { return nil }
            return SessionContent(json: reply.bytes(1), scanner)
        }
        var values: [String: UnsafeRawBufferPointer] = [:]
        for (place, field) in fields.enumerated() where place + 1 < reply.count && reply.kind(place + 1) == .string {
            values[field] = reply.bytes(place + 1)
        }
        return SessionContent(fields: values)
    }
}

extension LayoutEvidence {
    fileprivate init(_ name: BuiltInLayout, _ layout: Layout, _ types: [String?], _ matched: [Int?]) {
        let expected = BuiltInLayout.types(of: layout, name)
        self.layout = name
        sessionTemplates = layout.sessionKeys.count
        indexTemplates = layout.indexKeys.count
        keys = zip(layout.templates, expected).map {
            Keys(template: String(decoding: $0.key { "{\($0)}" }, as: UTF8.self), expected: $1)
        }
        for (type, template) in zip(types, matched) {
            guard let template else { continue }
            guard let type, !expected[template].contains(type) else {
                keys[template].count += 1
                if !layout.isPresence(template) { explained += 1 }
                continue
            }
            keys[template].otherTypes[type, default: 0] += 1
        }
    }
}

extension Layout {
    fileprivate func isPresence(_ template: Int) -> Bool {
        template >= templates.count - presenceKeys.count
    }
}

extension BuiltInLayout {
    /// The types that the keys of each template have.
    fileprivate static func types(of layout: Layout, _ name: BuiltInLayout) -> [[String]] {
        layout.sessionKeys.map { _ in name.sessionTypes } + layout.indexKeys.map { _ in ["zset", "set", "list"] }
            + layout.pointerKeys.map { [$0.field == nil ? "string" : "hash"] }
            + (layout.companionKeys + layout.presenceKeys.map(\.template)).map { _ in ["string"] }
    }

    /// The types that a session has.
    private var sessionTypes: [String] {
        switch self {
        case .userSessions, .springSession, .redisSessions: ["hash"]
        default: ["string"]
        }
    }
}
