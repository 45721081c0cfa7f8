import SessionJanitor

/// A run that may have somebody at the terminal: analyse, show, ask, clean. `initial` always asks, and verifies; the others ask
/// before they remove sessions, as that signs users out.
struct AttendedRun {
    let options: Options
    let output: ReportOutput
    /// What `apply` may remove.
    var selection: Selection?

    private var mayAsk: Bool {
        options.command == .initial
            || options.cleanup.removesSessions && !options.cleanup.isDryRun && !options.assumesYes
                && StandardStream.isInputTerminal
    }

    /// Fails where nobody could answer the question.
    static func requireSomebodyToAsk(_ options: Options) throws(UsageError) {
        guard options.assumesYes || options.cleanup.isDryRun || StandardStream.isInputTerminal else {
            throw UsageError(
                "initial asks before it removes anything, and there is no terminal; use --yes to go on without asking",
                zh: "initial 在移除前会询问，而这里没有终端；可用 --yes 跳过询问")
        }
    }

    func run() -> (RunRecord, ExitStatus) {
        let run = JanitorRun(options: options, display: output.display(), selection: selection)
        guard mayAsk else { return finished(run.perform(), run) }
        var (analysis, cleanup) = run.analyse()
        guard let cleanup, let plan = cleanup.plan, !plan.isEmpty, !options.cleanup.isDryRun,
            analysis.report.stop == nil
        else {
            // What there is nothing to do in is no dry run, but one that found nothing to do.
            analysis.options = options
            return shown(analysis)
        }
        if let refusal = cleanup.refusal {
            // No question: the removal would be refused whatever the answer.
            analysis.report.outcome = .refused
            analysis.report.refusal = refusal
            analysis.report.warnings.removeAll { $0 == .wouldBeRefused(refusal) }
            return shown(analysis)
        }
        let isSecondReport = options.command == .initial || plan.count(.session) > 0
        analysis.isAwaitingAnswer = true
        if isSecondReport, !options.isJSON {
            let status = output.show(analysis)
            guard status == .done || status == .partial else { return (analysis, status) }
        }
        if isSecondReport, !options.assumesYes {
            if options.backup == nil {
                output.complain(
                    Message(
                        "without --backup FILE this cannot be undone", zh: "没有 --backup FILE，此操作无法撤销"))
            }
            guard isConfirmed(analysis) else {
                let status = decline(&analysis)
                output.complain(Message("nothing was removed", zh: "未移除任何内容"))
                return (analysis, status)
            }
        }
        let record = run.execute(cleanup)
        if isSecondReport { say("\n") }
        return finished(record, run)
    }

    /// Shows what came of a real run, and looks once more where that is wanted; of JSON there is one object.
    private func finished(_ record: RunRecord, _ run: JanitorRun) -> (RunRecord, ExitStatus) {
        let status = ExitStatus(record)
        let isVerified = options.command == .initial || options.verifies
        guard isVerified, !options.cleanup.isDryRun, status == .done || status == .partial, record.report.stop == nil
        else { return shown(record) }
        if !options.isJSON {
            let shown = output.show(record)
            guard shown == status else { return (record, shown) }
        }
        var record = record
        let failure = verify(run, &record)
        let final = options.isJSON ? output.show(record) : ExitStatus(record)
        return (record, failure ?? final)
    }

    /// So many users whose entries came back are named.
    private static let usersNamed = 10

    private func shown(_ record: RunRecord) -> (RunRecord, ExitStatus) { (record, output.show(record)) }

    /// Ends a run that removes nothing; its report has been shown already.
    private func decline(_ record: inout RunRecord) -> ExitStatus {
        if let signal = Interruption.signal {
            // The terminal shows ^C on the line of the question.
            StandardStream.error.write("\n")
            record.report.outcome = .interrupted
            record.report.stop = .signal(signal)
        }
        if options.isJSON { return output.show(record) }
        if let problem = record.problem { output.complain(problem) }
        return ExitStatus(record.report)
    }

    /// Checks once more; returns a status if that failed.
    private func verify(_ run: JanitorRun, _ verified: inout RunRecord) -> ExitStatus? {
        let (record, cleanup) = run.analyse()
        if let stop = record.report.stop {
            output.complain(stop.message)
            return ExitStatus(record.report)
        }
        if let problem = record.problem {
            output.complain(Message("the verification failed: \(problem)", zh: "核对失败：\(problem)"))
            return .failed
        }
        let users = cleanup?.plan?.affectedUsers(options.cleanup.layout).filter { $0.orphans > 0 } ?? []
        verified.verification = Verification(
            orphanedEntries: record.report.statistics.orphanedEntriesFound,
            users: users.map { String(decoding: $0.user, as: UTF8.self) })
        say("\n" + AttendedRun.verdict(Changes(record, isDone: false))[options.language] + "\n")
        if options.verifies, !users.isEmpty {
            let named = users.prefix(AttendedRun.usersNamed).map { Message("\($0.user)") }
            let more = users.count - AttendedRun.usersNamed
            let rest = Message(if: more > 0, " and \(more) more", zh: " 等，另有 \(more) 个")
            let list = Message.joined(named, by: Message(", "))
            say(Message("Users: \(list)\(rest)", zh: "用户：\(list)\(rest)")[options.language] + "\n")
        }
        return nil
    }

    /// For people; with `--json` there is one object on standard output and nothing else.
    private func say(_ text: String) {
        if !options.isJSON { StandardStream.output.write(text) }
    }

    private func isConfirmed(_ analysis: RunRecord) -> Bool {
        Confirmation.isGiven(AttendedRun.question(Changes(analysis, isDone: false)), options.language)
    }

    /// `left` is what was found again after the removal.
    static func verdict(_ left: Changes) -> Message {
        guard !left.isEmpty else {
            return Message("Verified: nothing is left to remove.", zh: "核对完成：没有剩余可清理的内容。")
        }
        return Message(
            "Verified: since then the application has left \(left.list); the next run removes that.",
            zh: "核对完成：此后应用又产生了 \(left.list)；留待下次清理。")
    }

    static func question(_ changes: Changes) -> Message {
        let requests = changes.requests
        return Message("\(requests)? [y/N] ", zh: "\(requests)？[y/N] ").capitalized
    }
}

/// A question to somebody at the terminal.
enum Confirmation {
    /// Whether the answer is yes; anything else, and nothing, is no.
    static func isGiven(_ question: Message, _ language: Language) -> Bool {
        StandardStream.error.write(question[language])
        let line = TypedLine.read(from: 0) { Interruption.signal != nil }
        guard let answer = line.flatMap({ String(validating: $0, as: UTF8.self) }) else { return false }
        return [["y"], ["yes"]].contains(answer.lowercased().split { $0 == " " || $0 == "\t" })
    }
}
