public import RedisClient

/// Looks at some of a server's keys, and tells which built-in layouts they match, by name and by type.
public final class LayoutDetector {
    private let connection: RedisConnection
    private let layouts: [(BuiltInLayout, Layout)]
    private let reply = Reply()

    /// So many keys are enough to know.
    private static let sample = 20_000

    /// `prefix` takes the place of the layouts' own.
    public init(_ connection: RedisConnection, prefix: String? = nil) {
        self.connection = connection
        layouts = BuiltInLayout.allCases.compactMap { builtIn in
            (try? Layout(builtIn, prefix: prefix)).map { (builtIn, $0) }
        }
    }

    public func run() throws(RedisError) -> LayoutDetection {
        var keys: [[UInt8]] = []
        var seen: Set<[UInt8]> = []
        var cursor = "0"
        repeat {
            var arguments = CommandArguments()
            arguments.append(cursor)
            arguments.append("COUNT")
            arguments.append(500)
            try connection.append(.scan, arguments)
            try connection.receive(into: reply)
            guard reply.count >= 3, reply.kind(0) == .array, reply.kind(2) == .array else {
                throw .unexpectedReply(command: .scan, expected: "a cursor and keys")
            }
            cursor = reply.text(1)
            for node in 3..<reply.count where seen.insert(Array(reply.bytes(node))).inserted {
                keys.append(Array(reply.bytes(node)))
            }
        } while cursor != "0" && keys.count < LayoutDetector.sample
        let types = try types(of: keys)
        var matches = layouts.compactMap { match($0, $1, keys, types) }
        // An index that two layouts share tells nothing where one of them has its sessions.
        if matches.contains(where: \.hasSessions) { matches.removeAll { !$0.hasSessions } }
        return LayoutDetection(keys: keys.count, matches: matches.sorted { $0.score > $1.score }.map(\.match))
    }

    private func types(of keys: [[UInt8]]) throws(RedisError) -> [String] {
        var types: [String] = []
        for start in stride(from: 0, to: keys.count, by: 500) {
            let batch = keys[start..<min(start + 500, keys.count)]
            for key in batch { try connection.append(.type, CommandArguments([key])) }
            for _ in batch {
                try connection.receive(into: reply)
                types.append(reply.text(0))
            }
        }
        return types
    }

    private struct Scored {
        var match: LayoutDetection.Match
        var score: Int
        var hasSessions: Bool
    }

    /// Nil unless there are sessions, or index keys, of the types that the layout has.
    private func match(
        _ builtIn: BuiltInLayout, _ layout: Layout, _ keys: [[UInt8]], _ types: [String]
    ) -> Scored? {
        var counts = [Int](repeating: 0, count: layout.templates.count)
        let sessionTypes = builtIn.sessionTypes
        let kinds =
            layout.sessionKeys.map { _ in sessionTypes } + layout.indexKeys.map { _ in ["zset", "set", "list"] }
            + layout.pointerKeys.map { [$0.field == nil ? "string" : "hash"] }
            + (layout.companionKeys + layout.presenceKeys.map(\.template)).map { _ in ["string"] }
        var values: [UnsafeRawBufferPointer] = []
        for (key, type) in zip(keys, types) {
            key.withUnsafeBytes { bytes in
                for (number, template) in layout.templates.enumerated()
                where kinds[number].contains(type) && template.match(bytes, into: &values) {
                    counts[number] += 1
                    return
                }
            }
        }
        let sessions = counts[..<layout.sessionKeys.count].reduce(0, +)
        let indexes = counts[layout.sessionKeys.count...].prefix(layout.indexKeys.count).reduce(0, +)
        // An index without a session is a match: the sessions may all be gone. Of what has no index, sessions are.
        guard layout.indexKeys.isEmpty ? sessions > 0 : indexes > 0 else { return nil }
        let named = zip(layout.templates, counts).filter { $1 > 0 }.map { template, count in
            LayoutDetection.Count(
                template: String(decoding: template.key { "{\($0)}" }, as: UTF8.self), count: count)
        }
        return Scored(
            match: LayoutDetection.Match(layout: builtIn, counts: named), score: counts.reduce(0, +) + indexes,
            hasSessions: sessions > 0)
    }
}

extension BuiltInLayout {
    /// The types that a session has.
    fileprivate var sessionTypes: [String] {
        switch self {
        case .userSessions, .springSession, .redisSessions: ["hash"]
        default: ["string"]
        }
    }
}
