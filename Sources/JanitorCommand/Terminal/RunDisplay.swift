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
        guard kind == .entry else { return removal(kind, reason, of: template, key: key) }
        let (singular, plural, chinese) =
            reason == .orphaned
            ? ("orphaned entry", "orphaned entries", "孤儿记录")
            : ("entry of an expired session", "entries of expired sessions", "过期会话的记录")
        let named = ids.prefix(RunDisplay.idsNamed).map(Printable.shortened).joined(separator: ", ")
        let more = ids.count - RunDisplay.idsNamed
        let name = Printable.key(key)
        let rest = more > 0 ? NumberText.grouped(more) : nil
        let line = Message(
            "\(isDryRun ? "would remove" : "removed") \(NumberText.counted(ids.count, singular, plural)) from \(name): \(named)"
                + (rest.map { " and \($0) more" } ?? ""),
            zh: "\(isDryRun ? "将从" : "已从") \(name) 移除 \(NumberText.grouped(ids.count)) 条\(chinese)：\(named)"
                + (rest.map { " 等，另有 \($0) 条" } ?? ""))
        write(line[language] + "\n")
    }

    private func removal(_ kind: Removal.Kind, _ reason: Removal.Reason, of template: KeyTemplate, key: [UInt8]) {
        // A user's name may be read; whatever else is in a key may be a credential.
        let name = template.key(key) { $0 == "user" ? $1 : Array(Printable.shortened(id: $1).utf8) }
        let what = RunDisplay.name(of: kind, reason)
        let line = Message(
            "\(isDryRun ? "would remove" : "removed") \(what.english) \(Printable.key(name ?? []))",
            zh: "\(isDryRun ? "将移除" : "已移除")\(what.chinese) \(Printable.key(name ?? []))")
        write(line[language] + "\n")
    }

    private static func name(of kind: Removal.Kind, _ reason: Removal.Reason) -> Message {
        let noun =
            switch kind {
            case .entry: Message("entry", zh: "记录")
            case .session: Message("session", zh: "会话")
            case .pointer: Message("pointer", zh: "指针")
            case .companion: Message("companion", zh: "伴随键")
            case .presence: Message("presence key", zh: "状态键")
            case .ttl: Message("missing TTL", zh: "待设置的 TTL")
            }
        switch reason {
        case .idle: return Message("idle \(noun.english)", zh: "闲置\(noun.chinese)")
        case .expired where kind == .session: return Message("expired session", zh: "过期会话")
        case .expired: return Message("\(noun.english) of an expired session", zh: "过期会话的\(noun.chinese)")
        case .orphaned: return Message("orphaned \(noun.english)", zh: "孤儿\(noun.chinese)")
        case .withoutTTL: return noun
        }
    }

    /// Takes the bar off the screen.
    func clear() {
        guard isBarVisible else { return }
        write("\r\u{1b}[K")
        isBarVisible = false
    }
}
