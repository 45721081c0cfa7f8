import RedisClient
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
        write(style == .bar ? "\r\u{1b}[K" + line.bar : "\(Version.tool): \(line.plain)\n")
        isBarVisible = style == .bar
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
        let rest = Message(if: more > 0, " and \(more) more", zh: " 等，另有 \(more) 条")
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
            case .excess: Message("\(noun) beyond the limit", zh: "超出上限的\(noun)")
            case .revoked: Message("revoked \(noun)", zh: "被注销的\(noun)")
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

/// One state of a run's progress, in words.
struct ProgressLine {
    var phase: CleanupPhase
    var done: Int
    var total: Int
    /// Since the phase began.
    var seconds: Double

    /// For a terminal, within 79 columns: some terminals break a line that fills the last one.
    var bar: String {
        let width = min(max(79 - title.count - figures.count - 4, 4), 20)
        let filled = Int(clamping: fraction * Double(width))
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
        return "\(title) [\(bar)] \(figures)"
    }

    var plain: String {
        "\(title): \(figures)"
    }

    private var fraction: Double {
        total > 0 ? min(max(Double(done) / Double(total), 0), 1) : 0
    }

    private var figures: String {
        guard total > 0, done > 0 else { return "\(NumberText.grouped(total)) \(noun)" }
        var text = "\(ProgressLine.short(done)) of \(ProgressLine.short(total)) \(noun)"
        guard seconds > 0.1 else { return text }
        let rate = min(Double(done) / seconds, 1e12)
        text += ", \(ProgressLine.short(Int(clamping: rate)))/s"
        if done < total { text += ", \(ProgressLine.left(Double(total - done) / rate)) left" }
        return text
    }

    private var title: String { words.title }
    private var noun: String { words.noun }

    private var words: (title: String, noun: String) {
        switch phase {
        case .census: ("1/4 sessions", "keys")
        case .survey: ("2/4 indexes", "index keys")
        case .secondLook: ("3/4 second look", "suspects")
        case .removal: ("4/4 removal", "items")
        case .restore: ("restore", "per cent")
        }
    }

    private static func left(_ seconds: Double) -> String {
        switch seconds {
        case ..<120: NumberText.fixed(seconds, decimals: 0) + " s"
        case ..<7_200: NumberText.fixed(seconds / 60, decimals: 0) + " min"
        case ..<360_000: NumberText.fixed(seconds / 3_600, decimals: 0) + " h"
        default: "days"
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
