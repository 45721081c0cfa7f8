import SessionJanitor

/// Shows a run on standard error while it goes on: progress, and with `--verbose` what changes.
final class RunDisplay: CleanupObserver {
    let wantsRemovals: Bool
    private let isDryRun: Bool
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

    func removal(fromIndexKey key: [UInt8], ids: [[UInt8]], reason: RemovalReason) {
        clear()
        let noun =
            switch reason {
            case .orphaned: ("orphaned entry", "orphaned entries")
            case .expired: ("entry of an expired session", "entries of expired sessions")
            }
        let named = ids.prefix(RunDisplay.idsNamed).map(Printable.shortened).joined(separator: ", ")
        let more = ids.count - RunDisplay.idsNamed
        write(
            "\(isDryRun ? "would remove" : "removed") \(NumberText.counted(ids.count, noun.0, noun.1)) from "
                + "\(Printable.key(key)): \(named)\(more > 0 ? " and \(NumberText.grouped(more)) more" : "")\n")
    }

    /// Takes the bar off the screen.
    func clear() {
        guard isBarVisible else { return }
        write("\r\u{1b}[K")
        isBarVisible = false
    }
}
