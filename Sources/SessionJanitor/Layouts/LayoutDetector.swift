public import RedisClient

/// Looks at a sample of a server's keys, and at what they say of each other, to tell which built-in layout they have.
///
/// A server hands its keys out in the order of their hashes, so the first ones are as good a sample as any.
public final class LayoutDetector {
    private let connection: any RedisPipeline
    private let layouts: [DetectedLayout]
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

    /// `prefix` takes the place of the layouts' own; `isStopped` is asked between two batches.
    public init(_ connection: any RedisPipeline, prefix: String? = nil, isStopped: @escaping () -> Bool = { false }) {
        self.connection = connection
        self.isStopped = isStopped
        layouts = (BuiltInLayout.allCases.map { ($0, []) } + LayoutDetector.nameless.map { (.custom, $0) }).compactMap {
            DetectedLayout($0, $1, prefix: prefix)
        }
    }

    /// Nil if it was stopped.
    public func run() throws(RedisError) -> LayoutDetection? {
        let keys = try sample()
        var shapes = KeyShapes()
        for key in keys { shapes.add(key.name, type: key.type) }
        let samples = layouts.map { LayoutSample($0, keys) }
        var found: [LayoutEvidence] = []
        for sample in samples {
            let evidence = try look(at: sample, beside: samples)
            found.append(try lookForForms(of: sample, evidence, beside: samples) ?? evidence)
        }
        guard !isStopped() else { return nil }
        return LayoutDetection(
            keys: keys.count, hidden: keys.count { $0.type == nil }, evidence: found, shapes: shapes.commonest())
    }

    /// What many applications write without a library's name for it.
    private static let nameless: [[LayoutOption]] = [
        [
            LayoutOption(.sessionKey, "session:{id}"), LayoutOption(.indexKey, "user_sessions:{user}"),
            LayoutOption(.date, "created=hash:createdAt"), LayoutOption(.date, "expiry=hash:expiresAt"),
            LayoutOption(.expireBy, "expiry"),
        ]
    ]

    // MARK: The keys

    /// Some keys of every primary.
    private func sample() throws(RedisError) -> [SampledKey] {
        var names: [[UInt8]] = []
        var seen: Set<[UInt8]> = []
        let walks = connection.topology.shards.map { connection.sibling(at: $0) }
        for (place, walk) in walks.enumerated() {
            let limit = LayoutDetector.mostKeys * (place + 1) / walks.count
            var cursor = "0"
            var rounds = 0
            repeat {
                try walk.append(.scan, LayoutDetector.arguments([cursor], count: LayoutDetector.batch))
                try walk.receiveKeys(into: reply)
                cursor = reply.text(1)
                for node in 3..<reply.count where seen.insert(Array(reply.bytes(node))).inserted {
                    names.append(Array(reply.bytes(node)))
                }
                rounds += 1
            } while cursor != "0" && names.count < limit && rounds < LayoutDetector.mostRounds && !isStopped()
        }
        let types = try types(of: names)
        // A key that ended meanwhile is of no type.
        return zip(names, types).compactMap { $1 == "none" ? nil : SampledKey(name: $0, type: $1) }
    }

    /// Of each key its type, or nil where a right is missing.
    private func types(of keys: [[UInt8]]) throws(RedisError) -> [String?] {
        try answers(keys.map { (.type, CommandArguments([$0])) }) { reply throws(RedisError) in reply.text(0) }
    }

    /// What came of each command; nil for one that was refused, or is not for keys of this type, and once it is stopped.
    private func answers<Answer>(
        _ commands: [(RedisCommand, CommandArguments)], _ read: (Reply) throws(RedisError) -> Answer
    ) throws(RedisError) -> [Answer?] {
        var answers: [Answer?] = []
        while answers.count < commands.count, !isStopped() {
            let batch = commands[answers.count...].prefix(LayoutDetector.batch)
            for (command, arguments) in batch { try connection.append(command, arguments) }
            for _ in batch {
                let command = try connection.receiveAny(into: reply)
                guard reply.kind(0) == .error else {
                    answers.append(try read(reply))
                    continue
                }
                let error = RedisError(reply: reply.text(0), to: command)
                guard ["NOPERM", "WRONGTYPE"].contains(error.serverCode ?? "") else { throw error }
                answers.append(nil)
            }
        }
        return answers + [Answer?](repeating: nil, count: commands.count - answers.count)
    }

    private static func arguments(_ words: [String], of key: [UInt8]? = nil, count: Int) -> CommandArguments {
        var arguments = CommandArguments(key.map { [$0] } ?? [])
        for word in words + ["COUNT", String(count)] { arguments.append(word) }
        return arguments
    }

    // MARK: What they say of each other

    private func look(at sample: LayoutSample, beside others: [LayoutSample]) throws(RedisError) -> LayoutEvidence {
        var evidence = sample.evidence
        for other in others where other.detected.name != sample.detected.name {
            let count = sample.keys.indices.count { sample.isSession($0) && other.explains($0) }
            if count > 0 { evidence.shared[other.detected.name] = count }
        }
        evidence.members = try naming(entries(of: sample), sample.sessionTypes)
        evidence.pointers = try naming(pointers(of: sample), sample.sessionTypes)
        evidence.values = try dates(of: sample)
        return evidence
    }

    /// The same for another form of what names sessions, where nothing does in the layout's own; nil if there is none.
    private func lookForForms(
        of sample: LayoutSample, _ evidence: LayoutEvidence, beside others: [LayoutSample]
    ) throws(RedisError) -> LayoutEvidence? {
        let looks = [(LayoutOption.Name.indexKey, evidence.members), (.pointerKey, evidence.pointers)]
        guard let kind = looks.first(where: { $1.looked > 0 && $1.good == 0 })?.0 else { return nil }
        let keys = sample.layout.sessionKeys.map(\.source)
        for form in ["quoted:{id}", "java:{id}", "php:{id}"] + keys + keys.map({ "quoted:" + $0 }) {
            guard let detected = sample.detected.naming(kind, as: form) else { continue }
            let variant = LayoutSample(detected, sample.keys)
            var found = try look(at: variant, beside: others)
            guard (kind == .indexKey ? found.members : found.pointers).good > 0 else { continue }
            found.form = form
            return found
        }
        return nil
    }

    /// The keys of the sessions that some entries name.
    private func entries(of sample: LayoutSample) throws(RedisError) -> [CommandArguments] {
        let layout = sample.layout
        var named: [CommandArguments] = []
        var resolver = SessionResolver(layout)
        for (index, template) in layout.indexKeys.map(\.template).enumerated() {
            let own = sample.keys(of: layout.sessionKeys.count + index, most: LayoutDetector.mostNames)
            let questions = own.flatMap { key in LayoutDetector.entries(of: key).map { (key: key, command: $0) } }
            let lists = try answers(questions.map(\.command), LayoutDetector.members)
            for (key, members) in zip(questions.map(\.key), lists) {
                key.name.withUnsafeBytes { resolver.begin(index, stem: template.stem(of: $0)) }
                // HSCAN alternates fields and values.
                let step = key.type == "hash" ? 2 : 1
                for member in stride(from: 0, to: members?.count ?? 0, by: step).prefix(LayoutDetector.mostEntries).map(
                    {
                        members?[$0] ?? []
                    })
                {
                    var arguments = CommandArguments()
                    member.withUnsafeBytes { resolver.appendKeys(of: $0, to: &arguments) }
                    named.append(arguments)
                }
            }
        }
        return named
    }

    /// Asks for the newest ones: of a sorted set those with the highest scores, of a list those at its ends. What is old may
    /// be orphaned to the last entry, in a layout that is the right one.
    private static func entries(of key: SampledKey) -> [(RedisCommand, CommandArguments)] {
        func range(_ first: Int, _ last: Int) -> CommandArguments {
            var arguments = CommandArguments([key.name])
            arguments.append(first)
            arguments.append(last)
            return arguments
        }
        switch key.type {
        case "zset": return [(.zrange, range(-mostEntries, -1))]
        case "list": return [(.lrange, range(0, mostEntries / 2 - 1)), (.lrange, range(-mostEntries / 2, -1))]
        case "hash": return [(.hscan, arguments(["0"], of: key.name, count: mostEntries))]
        default: return [(.sscan, arguments(["0"], of: key.name, count: mostEntries))]
        }
    }

    /// The strings of an array, or of the array beside a cursor.
    private static func members(_ reply: Reply) -> [[UInt8]] {
        let first = reply.count > 2 && reply.kind(2) == .array ? 3 : 1
        return (first..<max(reply.count, first)).filter { reply.kind($0) == .string }.map { Array(reply.bytes($0)) }
    }

    /// The keys of the sessions that some pointers name.
    private func pointers(of sample: LayoutSample) throws(RedisError) -> [CommandArguments] {
        let layout = sample.layout
        var named: [CommandArguments] = []
        var resolver = SessionResolver(layout)
        for (number, pointer) in layout.pointerKeys.enumerated() where pointer.field == nil {
            let own = sample.keys(
                of: layout.sessionKeys.count + layout.indexKeys.count + number, most: LayoutDetector.mostNames)
            let values = try answers(own.map { (.mget, CommandArguments([$0.name])) }, LayoutDetector.members)
            for (key, values) in zip(own, values) {
                guard let value = values?.first else { continue }
                var arguments = CommandArguments()
                key.name.withUnsafeBytes { key in
                    value.withUnsafeBytes { value in
                        _ = resolver.withRoute(.pointer, number, stem: pointer.template.stem(of: key), value: value) {
                            $0.appendKeys(to: &arguments, outer: $1, inner: $2)
                        }
                    }
                }
                named.append(arguments)
            }
        }
        return named
    }

    /// Whether there is a session of one of these types for each of what names one; what names none by its form counts
    /// as well.
    private func naming(_ names: [CommandArguments], _ types: [String]) throws(RedisError) -> LayoutEvidence.Look {
        let keys = names.map { names in (0..<names.count).map { names.withArgument($0) { Array($0) } } }
        var found = try self.types(of: keys.flatMap(\.self))[...]
        var look = LayoutEvidence.Look(looked: names.count)
        for keys in keys {
            let own = found.prefix(keys.count)
            found = found.dropFirst(keys.count)
            if own.contains(where: { $0.map(types.contains) ?? false }) {
                look.good += 1
            } else if own.contains(nil) {
                // What we may not ask for tells nothing.
                look.looked -= 1
            }
        }
        return look
    }

    /// Of how many sessions a date can be read.
    private func dates(of sample: LayoutSample) throws(RedisError) -> LayoutEvidence.Look {
        var look = LayoutEvidence.Look()
        let fields = sample.layout.dates
        guard !fields.isEmpty else { return look }
        let reader = ValueReader(fields.flatMap(\.sources))
        for session in sample.keys(of: 0, most: LayoutDetector.mostValues) {
            // One at a time: they may be large.
            let (command, further) = reader.questions[session.type == "hash" ? reader.questions.count - 1 : 0]
            var question = CommandArguments([session.name])
            for word in further { question.append(word) }
            let hasDate = try answers([(command, question)]) { reply throws(RedisError) in
                let dates = reader.dates(of: try reader.content(in: reply, to: command), fields)
                return fields.contains { dates?[$0.clock] != nil }
            }
            guard let hasDate = hasDate[0] else { continue }
            look.looked += 1
            if hasDate { look.good += 1 }
        }
        return look
    }
}

/// A key of a server, and its type; nil where a right is missing.
private struct SampledKey {
    let name: [UInt8]
    let type: String?
}

/// A layout that keys may have: a named one and the options beside it.
private struct DetectedLayout {
    let name: BuiltInLayout
    let options: [LayoutOption]
    let prefix: String?
    let layout: Layout

    init?(_ name: BuiltInLayout, _ options: [LayoutOption], prefix: String?) {
        guard let layout = try? Layout(name, prefix: prefix, options: options) else { return nil }
        self.name = name
        self.options = options
        self.prefix = prefix
        self.layout = layout
    }

    /// The same where what these keys hold has another form.
    func naming(_ kind: LayoutOption.Name, as form: String) -> DetectedLayout? {
        var changed: [LayoutOption] = []
        var isOfKind = false
        for option in LayoutOption.merged(name.options, options) {
            if !option.name.isDetail { isOfKind = option.name == kind }
            guard isOfKind, option.name != .member else { continue }
            changed.append(option)
            if option.name == kind { changed.append(LayoutOption(.member, form)) }
        }
        return DetectedLayout(name, LayoutOption.merged(options, changed), prefix: prefix)
    }
}

/// The keys of a server as a layout sees them.
private struct LayoutSample {
    let detected: DetectedLayout
    var layout: Layout { detected.layout }
    let keys: [SampledKey]
    /// Which template each key is of.
    private let matched: [Int?]
    /// The types that the keys of each template have.
    private let types: [[String]]

    init(_ detected: DetectedLayout, _ keys: [SampledKey]) {
        let layout = detected.layout
        self.detected = detected
        self.keys = keys
        let templates = layout.templates
        matched = keys.map { key in
            key.name.withUnsafeBytes { bytes in templates.firstIndex { $0.matches(bytes) } }
        }
        types =
            layout.sessionKeys.map { _ in layout.sessionTypes }
            + layout.indexKeys.map { $0.holdsFields ? ["hash"] : ["zset", "set", "list"] }
            + layout.pointerKeys.map { [$0.field == nil ? "string" : "hash"] }
            + (layout.companionKeys + layout.presenceKeys.map(\.template)).map { _ in ["string"] }
    }

    var sessionTypes: [String] { types[0] }

    /// Some keys of a template that are of its types.
    func keys(of template: Int, most: Int) -> [SampledKey] {
        let places = keys.indices.lazy.filter { place in
            matched[place] == template && keys[place].type.map(types[template].contains) ?? false
        }
        return places.prefix(most).map { keys[$0] }
    }

    func isSession(_ place: Int) -> Bool {
        matched[place].map { $0 < layout.sessionKeys.count } ?? false
    }

    /// Whether a key is one of the layout's, of the right type if that is known. Presence keys do not count: their pattern
    /// takes many a stranger.
    func explains(_ place: Int) -> Bool {
        guard let template = matched[place], template < types.count - layout.presenceKeys.count else { return false }
        return keys[place].type.map(types[template].contains) ?? true
    }

    var evidence: LayoutEvidence {
        var evidence = LayoutEvidence(
            layout: detected.name, options: detected.options,
            keys: zip(layout.templates, types).map {
                LayoutEvidence.Keys(template: String(decoding: $0.key { "{\($0)}" }, as: UTF8.self), expected: $1)
            },
            sessionTemplates: layout.sessionKeys.count, indexTemplates: layout.indexKeys.count,
            explained: keys.indices.count { explains($0) })
        for (key, template) in zip(keys, matched) {
            guard let template else { continue }
            if let type = key.type, !types[template].contains(type) {
                evidence.keys[template].otherTypes[type, default: 0] += 1
            } else {
                evidence.keys[template].count += 1
            }
        }
        return evidence
    }
}
