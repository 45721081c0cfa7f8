import SessionJanitor
import Testing

@testable import JanitorCommand

struct RunDisplayTests {
    /// A display on a clock that stands still until it is told otherwise.
    private final class Stage {
        var time = ContinuousClock.now
        var written: [String] = []
        private(set) lazy var display = RunDisplay(
            options: options, isTerminal: isTerminal, write: { [unowned self] in written.append($0) },
            now: { [unowned self] in time })
        private let options: Options
        private let isTerminal: Bool

        init(_ words: [String] = [], isTerminal: Bool) throws {
            options = try Sample.options(words)
            self.isTerminal = isTerminal
            _ = display
        }

        /// Reports progress every `step` for a while.
        func run(_ phase: CleanupPhase, steps: Int, every step: Duration) {
            for number in 1...steps {
                time += step
                display.progress(phase, done: number, total: steps)
            }
        }
    }

    private let template: KeyTemplate

    init() throws {
        template = try KeyTemplate("s:{user}:{id}", prefix: "")
    }

    private static let bar = "\r\u{1b}[K"

    @Test
    func `without a terminal there is one plain line every ten seconds, whatever the phase`() throws {
        let stage = try Stage(isTerminal: false)
        stage.run(.census, steps: 99, every: .milliseconds(100))
        #expect(stage.written == [])
        stage.run(.survey, steps: 201, every: .milliseconds(100))
        #expect(stage.written.count == 3)
        stage.run(.secondLook, steps: 5, every: .seconds(60))
        #expect(stage.written.count == 8)
        for line in stage.written {
            #expect(line.hasPrefix("session-janitor: "))
            #expect(line.hasSuffix("\n"))
            #expect(String(line.dropLast()).isOneTameLine)
        }
        #expect(stage.written.first?.contains("2/4") == true)
    }

    @Test
    func `on a terminal a bar is drawn over itself, at most ten times a second`() throws {
        let stage = try Stage(isTerminal: true)
        stage.run(.census, steps: 1_000, every: .milliseconds(1))
        #expect((9...11).contains(stage.written.count))
        for text in stage.written {
            #expect(text.hasPrefix(Self.bar))
            #expect(String(text.dropFirst(Self.bar.count)).isOneTameLine)
        }
    }

    @Test
    func `each phase shows itself at once`() throws {
        let stage = try Stage(isTerminal: true)
        for phase in CleanupPhase.allCases { stage.display.progress(phase, done: 0, total: 5) }
        #expect(stage.written.count == CleanupPhase.allCases.count)
    }

    @Test
    func `more done than was expected does no harm`() throws {
        let stage = try Stage(isTerminal: true)
        stage.display.progress(.census, done: 150, total: 100)
        #expect(stage.written.count == 1)
        #expect(stage.written.first?.contains("[####################] 100 of 100") == true)
    }

    @Test(arguments: [
        ([], false, false), ([], true, true), (["-q"], true, false), (["--progress=never"], true, false),
        (["--progress=always"], false, true), (["--progress=auto"], true, true), (["-v"], true, true),
    ])
    func `options decide whether progress is shown`(words: [String], isTerminal: Bool, isShown: Bool) throws {
        let stage = try Stage(words, isTerminal: isTerminal)
        stage.run(.census, steps: 10, every: .milliseconds(200))
        #expect(stage.written.contains { $0.hasPrefix(Self.bar) } == isShown)
        #expect(isShown || stage.written.isEmpty)
    }

    @Test(arguments: [["-q"], ["--progress=never"]])
    func `quiet and never write no plain lines either`(words: [String]) throws {
        let stage = try Stage(words, isTerminal: false)
        stage.run(.census, steps: 10, every: .seconds(60))
        stage.display.clear()
        #expect(stage.written == [])
    }

    @Test
    func `the bar is taken off the screen once, and only if it was there`() throws {
        let stage = try Stage(isTerminal: true)
        stage.display.clear()
        #expect(stage.written == [])
        stage.run(.census, steps: 1, every: .seconds(1))
        stage.display.clear()
        stage.display.clear()
        #expect(stage.written.count == 2)
        #expect(stage.written.last == Self.bar)
    }

    @Test(arguments: [([], false), (["-v"], true), (["-q"], false)])
    func `removals are of interest only with --verbose`(words: [String], wanted: Bool) throws {
        #expect(try Stage(words, isTerminal: false).display.wantsRemovals == wanted)
    }

    @Test
    func `a removal is a line with the key and the beginnings of the ids`() throws {
        let stage = try Stage(["-v"], isTerminal: false)
        let key = "appauth:usess:ann".bytes
        stage.display.removal(.entry, .orphaned, of: template, key: key, ids: [Sample.id.bytes])
        stage.display.removal(.entry, .expired, of: template, key: key, ids: ["abcd".bytes, "efgh".bytes])
        #expect(
            stage.written == [
                "removed 1 orphaned entry from appauth:usess:ann: Zx3kP9_q…\n",
                "removed 2 entries of expired sessions from appauth:usess:ann: ab…, ef…\n",
            ])
    }

    @Test
    func `a key is named by its template, users in full and credentials by their beginnings`() throws {
        let stage = try Stage(["-v"], isTerminal: false)
        stage.display.removal(.session, .expired, of: template, key: "s:ann:\(Sample.id)".bytes, ids: [])
        stage.display.removal(.session, .idle, of: template, key: "s:a b:abcd".bytes, ids: [])
        for kind in [Removal.Kind.pointer, .companion, .presence] {
            for reason in [Removal.Reason.orphaned, .expired] {
                stage.display.removal(kind, reason, of: template, key: "s:ann:abcd".bytes, ids: [])
            }
        }
        #expect(
            stage.written == [
                "removed expired session s:ann:Zx3kP9_q…\n", "removed idle session \"s:a b:ab…\"\n",
                "removed orphaned pointer s:ann:ab…\n", "removed pointer of an expired session s:ann:ab…\n",
                "removed orphaned companion key s:ann:ab…\n", "removed companion key of an expired session s:ann:ab…\n",
                "removed orphaned presence key s:ann:ab…\n",
                "removed presence key of an expired session s:ann:ab…\n",
            ])
    }

    @Test
    func `a dry run says what would be removed, after the bar is gone`() throws {
        let stage = try Stage(["-v", "-n"], isTerminal: true)
        stage.run(.survey, steps: 1, every: .seconds(1))
        stage.display.removal(.entry, .orphaned, of: template, key: "k".bytes, ids: ["abcd".bytes])
        #expect(stage.written.suffix(2) == [Self.bar, "would remove 1 orphaned entry from k: ab…\n"])
    }

    @Test
    func `of many ids ten are named, of strange keys nothing is obeyed, and no id is whole`() throws {
        let stage = try Stage(["-v"], isTerminal: false)
        let ids = (0..<1_234).map { "\($0)-\(Sample.id)".bytes }
        stage.display.removal(.entry, .orphaned, of: template, key: "a b\n\u{1b}[31m".bytes + [0xff], ids: ids)
        let line = try #require(stage.written.first)
        #expect(line.hasPrefix("removed 1,234 orphaned entries from \"a b\\n\\x1b[31m\\xff\": "))
        #expect(line.hasSuffix("… and 1,224 more\n"))
        #expect(String(line.dropLast()).isOneTameLine)
        #expect(line.count(where: { $0 == "…" }) == 10)
        #expect(!line.contains(Sample.id))
    }
}
