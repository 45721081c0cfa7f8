import SessionJanitor

/// `initial`: the first clean-up of a server, with somebody at the terminal: analyse, ask, clean, verify.
struct InitialCommand {
    let options: Options
    let output: ReportOutput

    /// A question needs somebody who answers it.
    static func requireSomebodyToAsk(_ options: Options) throws(UsageError) {
        guard options.assumesYes || options.cleanup.isDryRun || StandardStream.isInputTerminal else {
            throw UsageError(
                "initial asks before it removes, and there is no terminal; use --yes to go on without asking")
        }
    }

    func run() -> ExitStatus {
        let run = JanitorRun(options: options, display: output.display())
        let (analysis, cleanup) = run.analyse()
        guard let cleanup, let plan = cleanup.plan, !plan.isEmpty, !options.cleanup.isDryRun else {
            return output.show(analysis)
        }
        if !options.isJSON {
            let status = output.show(analysis)
            guard status == .done || status == .partial else { return status }
        }
        guard options.assumesYes || isConfirmed(plan) else {
            if options.isJSON { _ = output.show(analysis) }
            output.complain("nothing was removed")
            return .done
        }
        let record = run.execute(cleanup)
        say("\n")
        let status = output.show(record)
        guard status == .done || status == .partial else { return status }
        return verify(run) ?? status
    }

    /// Looks once more; returns a status if that failed.
    private func verify(_ run: JanitorRun) -> ExitStatus? {
        let (record, _) = run.analyse()
        if let problem = output.problem(record.report) {
            output.complain("the verification failed: \(problem)")
            return .failed
        }
        let orphaned = record.report.statistics.orphanedEntriesFound
        let expired = record.report.statistics.expiredSessionsFound
        let expiredText =
            options.cleanup.includesExpired ? " and \(NumberText.counted(expired, "expired session"))" : ""
        say(
            orphaned + expired == 0
                ? "\nVerified: nothing is left to remove.\n"
                : "\nVerified: \(NumberText.counted(orphaned, "orphaned entry", "orphaned entries"))\(expiredText) since "
                    + "then; the application goes on, and so does the next run.\n")
        return nil
    }

    /// For people; with `--json` there is one object on standard output and nothing else.
    private func say(_ text: String) {
        if !options.isJSON { StandardStream.output.write(text) }
    }

    private func isConfirmed(_ plan: CleanupPlan) -> Bool {
        StandardStream.error.write(InitialCommand.question(plan))
        let answer = readLine()?.lowercased() ?? ""
        return ["y", "yes"].contains(answer.trimming { $0 == " " || $0 == "\t" })
    }

    static func question(_ plan: CleanupPlan) -> String {
        let sessions =
            plan.expiredSessions > 0 ? " and \(NumberText.counted(plan.expiredSessions, "expired session"))" : ""
        return
            "Remove \(NumberText.grouped(plan.entryCount)) orphaned entries of \(NumberText.grouped(plan.indexKeys)) "
            + "users\(sessions)? [y/N] "
    }
}

extension String {
    fileprivate func trimming(_ isEdge: (Character) -> Bool) -> String {
        String(drop(while: isEdge).reversed().drop(while: isEdge).reversed())
    }
}
