import SessionJanitor

/// `initial`: the first clean-up of a server, with somebody at the terminal: analyse, ask, clean, verify.
struct InitialCommand {
    let options: Options
    let output: ReportOutput

    /// Fails where nobody could answer the question.
    static func requireSomebodyToAsk(_ options: Options) throws(UsageError) {
        guard options.assumesYes || options.cleanup.isDryRun || StandardStream.isInputTerminal else {
            throw UsageError(
                "initial asks before it removes, and there is no terminal; use --yes to go on without asking",
                zh: "initial 在移除前会询问，而这里没有终端；可用 --yes 跳过询问")
        }
    }

    func run() -> ExitStatus {
        let run = JanitorRun(options: options, display: output.display())
        let (analysis, cleanup) = run.analyse()
        guard let cleanup, let plan = cleanup.plan, !plan.isEmpty, !options.cleanup.isDryRun,
            analysis.report.stop == nil
        else {
            return output.show(analysis)
        }
        if let refusal = cleanup.refusal {
            // No question: the removal would be refused whatever the answer.
            var refused = analysis
            refused.report.outcome = .refused
            refused.report.refusal = refusal
            refused.report.warnings.removeAll { $0 == .wouldBeRefused(refusal) }
            return output.show(refused)
        }
        if !options.isJSON {
            let status = output.show(analysis)
            guard status == .done || status == .partial else { return status }
        }
        if options.backup == nil, !options.assumesYes {
            output.complain(
                Message(
                    "no backup is kept; --backup FILE keeps what is removed, for restore",
                    zh: "未保留备份；--backup FILE 会保存被移除的内容，供 restore 恢复"))
        }
        guard options.assumesYes || isConfirmed(plan) else {
            let status = decline(analysis)
            output.complain(Message("nothing was removed", zh: "未移除任何内容"))
            return status
        }
        let record = run.execute(cleanup)
        say("\n")
        let status = output.show(record)
        guard status == .done || status == .partial, record.report.stop == nil else { return status }
        return verify(run) ?? status
    }

    /// Ends a run that removes nothing; its report has been shown already.
    private func decline(_ analysis: RunRecord) -> ExitStatus {
        var record = analysis
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
    private func verify(_ run: JanitorRun) -> ExitStatus? {
        let (record, _) = run.analyse()
        if let stop = record.report.stop {
            output.complain(stop.message)
            return ExitStatus(record.report)
        }
        if let problem = record.problem {
            output.complain(Message("the verification failed: \(problem)", zh: "核对失败：\(problem)"))
            return .failed
        }
        say("\n" + InitialCommand.verdict(RemovableText(record.report.statistics))[options.language] + "\n")
        return nil
    }

    /// For people; with `--json` there is one object on standard output and nothing else.
    private func say(_ text: String) {
        if !options.isJSON { StandardStream.output.write(text) }
    }

    private func isConfirmed(_ plan: CleanupPlan) -> Bool {
        StandardStream.error.write(InitialCommand.question(plan)[options.language])
        let line = TypedLine.read(from: 0) { Interruption.signal != nil }
        guard let answer = line.flatMap({ String(validating: $0, as: UTF8.self) }) else { return false }
        return [["y"], ["yes"]].contains(answer.lowercased().split { $0 == " " || $0 == "\t" })
    }

    /// `left` is what was found again after the removal.
    static func verdict(_ left: RemovableText) -> Message {
        guard !left.isEmpty else {
            return Message("Verified: nothing is left to remove.", zh: "核对完成：没有剩余可清理的内容。")
        }
        return Message(
            "Verified: \(left.message) since then; the application is still running, the next run removes them.",
            zh: "核对完成：此后又有 \(left.message)；应用仍在运行，留待下次清理。")
    }

    static func question(_ plan: CleanupPlan) -> Message {
        let removable = RemovableText(plan)
        let keys = plan.count(.ttl)
        guard !removable.isEmpty else {
            return Message("Set the TTL of \(keys, "key")? [y/N] ", zh: "为 \(keys) 个键设置 TTL？[y/N] ")
        }
        let setting = Message(if: keys > 0, "; and set the TTL of \(keys, "key")", zh: "；并为 \(keys) 个键设置 TTL")
        return Message(
            "Remove \(removable.message)\(setting)? [y/N] ", zh: "移除 \(removable.message)\(setting)？[y/N] ")
    }
}
