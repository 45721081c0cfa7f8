/// How an application lays its sessions out in Redis: which keys are sessions, and which ones speak of them.
public struct Layout: Equatable, Sendable {
    /// A built-in's name, or `custom` where an option was given beside it.
    public let name: String
    public let prefix: String
    /// The session itself: any of these keys is one.
    public internal(set) var sessionKeys: [KeyTemplate] = []
    /// Lists of sessions: sorted sets, sets or lists.
    public internal(set) var indexKeys: [IndexKey] = []
    public internal(set) var pointerKeys: [PointerKey] = []
    /// Keys that belong to a session and share its variables.
    public internal(set) var companionKeys: [KeyTemplate] = []
    public internal(set) var presenceKeys: [PresenceKey] = []
    /// Where a session names its user, if its key does not.
    var user: ValueSource?
    public internal(set) var dates: [DateField] = []
    /// The dates by which a session is expired.
    public internal(set) var expiresBy: [SessionDate] = []
    /// For each session key, the TTL that a session without any gets.
    var sessionTTLs: [Duration?] = []
    /// For each session key, what its value tells.
    var valueTests: [ValueTest] = []

    /// The variables that all session keys have: together they tell sessions apart.
    private(set) var identity: [String] = []
    /// How entries, pointers and companions lead to their sessions.
    private(set) var routes = Routes()

    struct Routes: Equatable, Sendable {
        var sessions: [SessionRoute] = []
        /// For each index key, a route for each of its member templates.
        var entries: [[SessionRoute]] = []
        /// The same to the companions of their sessions; nil where an entry does not tell all that their keys need.
        var companionsOfEntries: [[SessionRoute?]] = []
        /// For each pointer key, a route for each of its forms.
        var pointers: [[SessionRoute]] = []
        var companions: [SessionRoute] = []
        /// For each session key, the ways to the keys and members of ``Layout/scores``.
        var scores: [[SessionRoute]] = []
    }

    /// The scores that are dates.
    var scores: [SessionScore] {
        dates.compactMap { if case .score(let score) = $0.source { score } else { nil } }
    }

    /// A log's tag has room for this many templates of a kind.
    private static let limit = 16

    /// A built-in layout, in which `options` win; refused where it contradicts itself.
    public init(
        _ builtIn: BuiltInLayout = .appauth, prefix: String? = nil, options: [LayoutOption] = []
    ) throws(KeyTemplateError) {
        name = options.isEmpty ? builtIn.rawValue : "custom"
        self.prefix = prefix ?? builtIn.prefix
        try read(LayoutOption.merged(builtIn.options, options))
        try checkKinds()
        try makeRoutes()
    }

    // MARK: Contradictions

    /// The key templates of each kind, in the order in which a key is held against them.
    private var kinds: [(option: LayoutOption.Name, templates: [KeyTemplate])] {
        [
            (.sessionKey, sessionKeys), (.indexKey, indexKeys.map(\.template)),
            (.pointerKey, pointerKeys.map(\.template)), (.companionKey, companionKeys),
            (.presenceKey, presenceKeys.map(\.template)),
        ]
    }

    /// All key templates, in the same order.
    var templates: [KeyTemplate] { kinds.flatMap(\.templates) }

    private func checkKinds() throws(KeyTemplateError) {
        var seen: [(option: LayoutOption.Name, place: Int, template: KeyTemplate)] = []
        for (option, templates) in kinds {
            guard templates.count <= Layout.limit else { throw .tooMany(option) }
            for (place, template) in templates.enumerated() {
                for other in seen where other.template.overlaps(template) {
                    if option == .pointerKey, other.option == option,
                        pointerKeys[place].sharesKeys(with: pointerKeys[other.place])
                    {
                        continue
                    }
                    if other.option == .sessionKey, option == .presenceKey, isSortedByValue(other.place, place) {
                        continue
                    }
                    throw .overlap(other.template.source, template.source)
                }
                seen.append((option, place, template))
            }
        }
        for presence in presenceKeys where user == nil && !sessionKeys.allSatisfy({ $0.variables.contains("user") }) {
            throw .unknownUser(template: presence.template.source)
        }
        let sources = valueSources.filter { $0.sessionTypes != nil }
        for other in sources.dropFirst() where other.sessionTypes != sources[0].sessionTypes {
            throw .mixedSources(sources[0].text, other.text)
        }
    }

    /// The types that a session has to have for its value to be read.
    var sessionTypes: [String] { valueSources.lazy.compactMap(\.sessionTypes).first ?? ["string"] }

    /// Whether the value tells a key of this session key template from one of this presence key template.
    func isSortedByValue(_ session: Int, _ presence: Int) -> Bool {
        !valueTests[session].forms.isEmpty && presenceKeys[presence].value != nil
    }

    /// Whether keys count as sessions only by what they hold.
    var sortsByValue: Bool { valueTests.contains { !$0.forms.isEmpty } }
    /// Whether a key that is there may hold nothing but the end of a session.
    var deadValues: [[UInt8]] { valueTests.flatMap(\.dead) }
    /// Whether a session has to be read before it counts.
    var readsStanding: Bool { sortsByValue || !deadValues.isEmpty }

    /// Everything that is read of a session's value.
    var valueSources: [ValueSource] {
        dates.flatMap(\.sources) + (user.map { [$0] } ?? []) + pointerKeys.compactMap(\.backCheck)
    }

    private mutating func makeRoutes() throws(KeyTemplateError) {
        let (sessionKeys, companionKeys, scores) = (sessionKeys, companionKeys, scores)
        let identity = sessionKeys[0].variables.filter { name in
            sessionKeys.allSatisfy { $0.variables.contains(name) }
        }
        func route(
            _ outer: KeyTemplate, _ inner: [String] = [], to keys: [KeyTemplate]? = nil, of source: String? = nil
        ) throws(KeyTemplateError) -> SessionRoute {
            try SessionRoute(
                to: keys ?? sessionKeys, identity: identity, outer: outer.variables, inner: inner,
                of: source ?? outer.source)
        }
        self.identity = identity
        for key in sessionKeys {
            self.routes.sessions.append(try route(key, to: [key]))
            self.routes.scores.append(try scores.map { score throws(KeyTemplateError) in try score.route(from: key) })
        }
        func routes(_ outer: KeyTemplate, _ members: [NameForm]) throws(KeyTemplateError) -> [SessionRoute] {
            try members.map { member throws(KeyTemplateError) in
                try route(outer, member.template.variables, of: member.isIdentifier ? nil : member.source)
            }
        }
        for index in indexKeys {
            self.routes.entries.append(try routes(index.template, index.members))
            self.routes.companionsOfEntries.append(
                index.members.map { try? route(index.template, $0.template.variables, to: companionKeys) })
        }
        for pointer in pointerKeys { self.routes.pointers.append(try routes(pointer.template, pointer.members)) }
        for companion in companionKeys { self.routes.companions.append(try route(companion)) }
    }

    // MARK: What a run asks

    /// Whether there is one kind of session and one kind of index key, told apart by their literal bytes alone, with
    /// nothing else to look for: then every key costs two comparisons.
    var isPlain: Bool {
        templates.count == 2 && !readsStanding && sessionKeys.count == 1 && indexKeys.count == 1
            && sessionKeys[0].isPlain
            && indexKeys[0].template.isPlain
    }

    /// Whether sessions without a TTL are counted: where it costs nothing that a run on this layout may not cost.
    public var countsTTL: Bool { !isPlain }

    /// Whether it says of some keys which TTL they should have.
    public var hasTTLs: Bool { sessionTTLs.contains { $0 != nil } || presenceKeys.contains { $0.ttl != nil } }

    /// The key that keeps two runs apart.
    public var lockKey: [UInt8] { Array((prefix + ":janitor:lock").utf8) }

    /// Whether that key looks like one of the application's.
    var hasMistakableLock: Bool {
        lockKey.withUnsafeBytes { key in templates.contains { $0.matches(key) } }
    }

    /// The pattern for `SCAN … MATCH` that every key of this layout matches; nil if they have no beginning in common.
    public var scanPattern: [UInt8]? {
        let heads = templates.map(\.head)
        let common = heads.dropFirst().reduce(heads[0]) { common, head in
            zip(common, head).prefix { $0 == $1 }.map(\.0)
        }
        let pattern = common.flatMap { "*?[]\\^-".utf8.contains($0) ? [UInt8(ascii: "\\"), $0] : [$0] }
        return common.isEmpty ? nil : pattern + [UInt8(ascii: "*")]
    }
}
