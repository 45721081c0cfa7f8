import SessionJanitor

/// Shows a run on standard error while it goes on: progress, and with `--verbose` what changes.
final class RunDisplay: CleanupObserver {
    let wantsRemovals: Bool
    private let isDryRun: Bool
    private let language: Language
    private let style: Style
    private let write: (String) -> Void
    private let now: () -> ContinuousClock.Instant

    /// How progress is shown.
    enum Style {
        case bar
        /// A plain line every ten seconds.
        case lines
        case none
    }

    private var phase: CleanupPhase?
    private var phaseStarted: ContinuousClock.Instant
    private var lastShown: ContinuousClock.Instant
    private var isBarVisible = false

    private static let barPause = Duration.milliseconds(100)
    private static let linePause = Duration.seconds(10)
    /// So many ids are named in one line.
    private static let idsNamed = 10

    init(
        options: Options, isTerminal: Bool, write: @escaping (String) -> Void,
        now: @escaping () -> ContinuousClock.Instant = { .now }
    ) {
        wantsRemovals = options.verbosity == .verbose
        isDryRun = options.cleanup.isDryRun
        language = options.language
        let isQuiet = options.verbosity == .quiet
        style =
            switch options.progress {
            case .always: .bar
            case .never: .none
            case .auto: isQuiet ? .none : isTerminal ? .bar : .lines
            }
        self.write = write
        self.now = now
        phaseStarted = now()
        lastShown = phaseStarted
    }

    func progress(_ phase: CleanupPhase, done: Int, total: Int) {
        guard style != .none else { return }
        let time = now()
        if phase != self.phase {
            self.phase = phase
            phaseStarted = time
            if style == .bar { lastShown = time - RunDisplay.barPause }
        }
        guard time - lastShown >= (style == .bar ? RunDisplay.barPause : RunDisplay.linePause) else { return }
        lastShown = time
        let line = ProgressLine(
            phase: phase, done: min(done, total), total: total, seconds: (time - phaseStarted) / .seconds(1))
        switch style {
        case .bar:
            write("\r\u{1b}[K" + line.bar)
            isBarVisible = true
        case .lines:
            write("\(Version.tool): \(line.plain)\n")
        case .none: break
        }
    }

    func removal(
        _ kind: Removal.Kind, _ reason: Removal.Reason, of template: KeyTemplate, key: [UInt8], ids: [[UInt8]]
    ) {
        clear()
        let what = kind == .entry ? entries(reason, key, ids) : RunDisplay.named(kind, reason, template, key)
        let line =
            isDryRun
            ? Message("would remove \(what)", zh: "将移除\(what)") : Message("removed \(what)", zh: "已移除\(what)")
        write(line[language] + "\n")
    }

    private func entries(_ reason: Removal.Reason, _ key: [UInt8], _ ids: [[UInt8]]) -> Message {
        let count = ids.count
        let entries =
            reason == .orphaned
            ? Message("\(count, "orphaned entry", "orphaned entries")", zh: "\(count) 条孤儿记录")
            : Message("\(count, "entry of an expired session", "entries of expired sessions")", zh: "\(count) 条过期会话的记录")
        let named = Message.joined(
            ids.prefix(RunDisplay.idsNamed).map { Message("\(id: $0)") }, by: Message(", "))
        let more = count - RunDisplay.idsNamed
        let rest = more > 0 ? Message(" and \(more) more", zh: " 等，另有 \(more) 条") : Message("")
        return Message("\(entries) from \(key: key): \(named)\(rest)", zh: " \(key: key) 中的 \(entries)：\(named)\(rest)")
    }

    private static func named(
        _ kind: Removal.Kind, _ reason: Removal.Reason, _ template: KeyTemplate, _ key: [UInt8]
    ) -> Message {
        let noun =
            switch kind {
            case .entry: Message("entry", zh: "记录")
            case .session: Message("session", zh: "会话")
            case .pointer: Message("pointer", zh: "指针")
            case .companion: Message("companion", zh: "伴随键")
            case .presence: Message("presence key", zh: "状态键")
            case .ttl: Message("missing TTL", zh: "待设置的 TTL")
            }
        let thing =
            switch reason {
            case .idle: Message("idle \(noun)", zh: "闲置\(noun)")
            case .expired where kind == .session: Message("expired session", zh: "过期会话")
            case .expired: Message("\(noun) of an expired session", zh: "过期会话的\(noun)")
            case .orphaned: Message("orphaned \(noun)", zh: "孤儿\(noun)")
            case .withoutTTL: noun
            }
        // A user's name may be read; whatever else is in a key may be a credential.
        let name = template.key(key) { $0 == "user" ? $1 : Array(Printable.shortened(id: $1).utf8) }
        return Message("\(thing) \(key: name ?? [])")
    }

    /// Takes the bar off the screen.
    func clear() {
        guard isBarVisible else { return }
        write("\r\u{1b}[K")
        isBarVisible = false
    }
}
