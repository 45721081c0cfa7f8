import RedisClient
import SessionJanitor

/// Shows a run on standard error while it goes on: progress, and with `--verbose` what changes.
final class RunDisplay: CleanupObserver {
    let wantsRemovals: Bool
    private let isDryRun: Bool
    private let language: Language
    private let style: Style
    private let columns: () -> Int
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
        options: Options, isTerminal: Bool, columns: @escaping () -> Int = { 80 }, write: @escaping (String) -> Void,
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
        self.columns = columns
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
            phase: phase, done: min(done, total), total: total, seconds: (time - phaseStarted) / .seconds(1),
            language: language)
        write(style == .bar ? "\r\u{1b}[K" + line.bar(columns()) : "\(Version.tool): \(line.plain)\n")
        isBarVisible = style == .bar
    }

    func removal(
        _ kind: Removal.Kind, _ reason: Removal.Reason, of template: KeyTemplate, key: [UInt8], ids: [[UInt8]]
    ) {
        let what =
            kind == .entry
            ? entries(Message("\(ids.count)", zh: "\(ids.count) 条"), reason, key, ids)
            : Message("\(RunDisplay.thing(kind, reason)) \(RunDisplay.name(template, key))")
        say(
            isDryRun
                ? Message("would remove \(what)", zh: "将移除\(what)") : Message("removed \(what)", zh: "已移除\(what)"))
    }

    /// What `restore` puts back.
    func restored(_ kind: Removal.Kind, _ template: KeyTemplate, _ key: [UInt8], _ members: [[UInt8]]) {
        let what =
            kind == .entry
            ? entries(Message("\(members.count)", zh: "\(members.count) 条"), nil, key, members)
            : Message("\(RunDisplay.thing(kind, nil)) \(RunDisplay.name(template, key))")
        if kind == .ttl {
            return say(
                isDryRun
                    ? Message("would take back the \(what)", zh: "将撤销 \(what)")
                    : Message("took back the \(what)", zh: "已撤销 \(what)"))
        }
        say(
            isDryRun
                ? Message("would restore \(what)", zh: "将恢复\(what)") : Message("restored \(what)", zh: "已恢复\(what)"))
    }

    private func say(_ line: Message) {
        clear()
        write(line[language] + "\n")
    }

    private func entries(_ number: Message, _ reason: Removal.Reason?, _ key: [UInt8], _ ids: [[UInt8]]) -> Message {
        let count = ids.count
        let entries =
            switch reason {
            case nil: Message("\(number) \(count, one: "entry", many: "entries") of", zh: "\(number)记录")
            case .orphaned:
                Message("\(number) orphaned \(count, one: "entry", many: "entries") from", zh: "\(number)孤儿记录")
            default:
                Message(
                    "\(number) \(count, one: "entry of an expired session", many: "entries of expired sessions") from",
                    zh: "\(number)过期会话的记录")
            }
        let named = Message.joined(
            ids.prefix(RunDisplay.idsNamed).map { Message("\(id: $0)") }, by: Message(", ", zh: "、"))
        let more = count - RunDisplay.idsNamed
        let rest = Message(if: more > 0, " and \(more) more", zh: " 等，另有 \(more) 条")
        return Message("\(entries) \(key: key): \(named)\(rest)", zh: " \(key: key) 中的 \(entries)：\(named)\(rest)")
    }

    private static func thing(_ kind: Removal.Kind, _ reason: Removal.Reason?) -> Message {
        let noun =
            switch kind {
            case .entry: Message("entry", zh: "记录")
            case .session: Message("session", zh: "会话")
            case .pointer: Message("pointer", zh: "指针")
            case .companion: Message("companion key", zh: "伴随键")
            case .presence: Message("presence key", zh: "状态键")
            case .ttl: Message("TTL", zh: "TTL")
            }
        return switch reason {
        case .idle: Message("idle \(noun)", zh: "闲置\(noun)")
        case .expired where kind == .session: Message("expired session", zh: "过期会话")
        case .expired: Message("\(noun) of an expired session", zh: "过期会话的\(noun)")
        case .orphaned: Message("orphaned \(noun)", zh: "孤儿\(noun)")
        case .excess: Message("\(noun) beyond the limit", zh: "超出上限的\(noun)")
        case .revoked: Message("revoked \(noun)", zh: "被登出的\(noun)")
        case .withoutTTL, nil: noun
        }
    }

    /// A user's name may be read; whatever else is in a key may be a credential.
    private static func name(_ template: KeyTemplate, _ key: [UInt8]) -> Message {
        let name = template.key(key) { $0 == "user" ? $1 : Array(Printable.shortened(id: $1).utf8) }
        return Message("\(key: name ?? [])")
    }

    /// Takes the bar off the screen.
    func clear() {
        guard isBarVisible else { return }
        write("\r\u{1b}[K")
        isBarVisible = false
    }
}

/// One state of a run's progress, in words.
struct ProgressLine {
    var phase: CleanupPhase
    var done: Int
    var total: Int
    /// Since the phase began.
    var seconds: Double
    var language = Language.english

    /// For a terminal this wide: without the bar, or cut, where there is no room. The last column stays free, as some
    /// terminals break a line that fills it.
    func bar(_ columns: Int) -> String {
        let (title, figures) = (words.title[language], figures[language])
        let width = min(columns - 5 - DisplayWidth.of(title) - DisplayWidth.of(figures), 20)
        guard width >= 4 else { return WrappedText.cut("\(title): \(figures)", to: columns - 1) }
        let filled = Int(clamping: fraction * Double(width))
        return
            "\(title) [\(String(repeating: "#", count: filled))\(String(repeating: "-", count: width - filled))] \(figures)"
    }

    var plain: String { "\(words.title[language]): \(figures[language])" }

    private var fraction: Double {
        total > 0 ? min(max(Double(done) / Double(total), 0), 1) : 0
    }

    private var figures: Message {
        let noun = words.noun
        guard total > 0, done > 0 else { return Message("\(total) \(noun)") }
        let (part, all) = (ProgressLine.short(done), ProgressLine.short(total))
        let text = Message("\(part) of \(all) \(noun)", zh: "\(part)/\(all) \(noun)")
        guard seconds > 0.1 else { return text }
        let rate = min(Double(done) / seconds, 1e12)
        let speed = ProgressLine.short(Int(clamping: rate))
        let left = ProgressLine.left(Double(total - done) / rate)
        return Message(
            "\(text), \(speed)/s\(Message(if: done < total, ", \(left) left", zh: ""))",
            zh: "\(text)，\(speed)/秒\(Message(if: done < total, "", zh: "，剩余 \(left)"))")
    }

    private var words: (title: Message, noun: Message) {
        switch phase {
        case .census: (Message("1/4 sessions", zh: "1/4 会话"), Message("keys", zh: "个键"))
        case .survey: (Message("2/4 index keys", zh: "2/4 用户会话键"), Message("index keys", zh: "个键"))
        case .secondLook: (Message("3/4 second look", zh: "3/4 复查"), Message("suspects", zh: "项"))
        case .removal: (Message("4/4 removal", zh: "4/4 移除"), Message("items", zh: "项"))
        case .restore: (Message("restore", zh: "恢复"), Message("per cent", zh: "%"))
        }
    }

    private static func left(_ seconds: Double) -> Message {
        func number(_ unit: Double) -> String { NumberText.fixed(seconds / unit, decimals: 0) }
        return switch seconds {
        case ..<120: Message("\(number(1)) s", zh: "\(number(1)) 秒")
        case ..<7_200: Message("\(number(60)) min", zh: "\(number(60)) 分钟")
        case ..<360_000: Message("\(number(3_600)) h", zh: "\(number(3_600)) 小时")
        default: Message("days", zh: "数天")
        }
    }

    /// 1.23M for 1,234,567.
    private static func short(_ number: Int) -> String {
        switch number {
        case ..<10_000: NumberText.grouped(number)
        case ..<1_000_000: NumberText.fixed(Double(number) / 1_000, decimals: 0) + "k"
        case ..<1_000_000_000: NumberText.fixed(Double(number) / 1_000_000, decimals: 2) + "M"
        default: NumberText.fixed(Double(number) / 1_000_000_000, decimals: 2) + "G"
        }
    }
}
