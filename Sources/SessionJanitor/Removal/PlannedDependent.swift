import RedisClient

/// A key that depends on a session, with all that its removal has to know; outlives the log's own item.
struct PlannedDependent {
    let kind: DependentKind
    let template: Int
    let reason: RemovalReason
    let key: [UInt8]
    /// The session id that a pointer held when it was judged.
    let value: [UInt8]
    /// The keys of its session; none for a presence key.
    let sessions: CommandArguments
    /// What the session has to name, and where; nil if it need not name anything.
    let token: [UInt8]
    let backCheck: ValueSource?
    /// The field of a hash that a pointer is; nil for a whole key.
    let field: String?

    init(_ item: DependentLog.Item, key: [UInt8], _ layout: Layout, _ namer: inout DependentNamer) {
        kind = item.kind
        template = item.template
        reason = item.reason
        self.key = key
        value = Array(item.value)
        var keys = CommandArguments()
        _ = namer.withRoute(item.kind, item.template, stem: item.stem, value: item.value) {
            $0.appendKeys(to: &keys, outer: $1, inner: $2)
        }
        sessions = keys
        field = item.kind == .pointer ? layout.pointerKeys[item.template].field : nil
        let token = item.kind == .pointer ? namer.token(item.template, stem: item.stem) : nil
        self.token = token.map { Array($0) } ?? []
        backCheck = token == nil ? nil : layout.pointerKeys[item.template].backCheck
    }

    /// Appends what ``DependentScript/remove`` wants to know of it.
    func append(to items: inout ScriptItems) {
        items.keys.append(key)
        items.keys.append(contentsOf: sessions)
        items.values.append(kind.scriptName)
        items.values.append(sessions.count)
        items.values.append(value)
        items.values.append(token)
        switch backCheck {
        case .hash(let field): items.values.append("h" + field)
        case .json(let path): items.values.append("j" + path.joined(separator: "."))
        case .value, .score, nil: items.values.append("")
        }
        items.values.append(field ?? "")
        items.endItem()
    }

    /// Whether a script on the key's node sees its session, too.
    var isInOneSlot: Bool {
        let slot = HashSlot.of(key)
        return (0..<sessions.count).allSatisfy { sessions.withArgument($0) { HashSlot.of($0) } == slot }
    }
}

extension DependentKind {
    fileprivate var scriptName: String {
        switch self {
        case .pointer: "p"
        case .companion: "c"
        case .presence: "u"
        }
    }
}
