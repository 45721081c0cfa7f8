import FoundationEssentials
import SessionJanitor

/// `apply`: removes what a plan file lists, by the options that the file was made with.
struct ApplyCommand {
    let arguments: Arguments
    let environment: [String: String]

    func run() throws(UsageError) -> ExitStatus {
        var options = try Options(arguments, environment: environment)
        let output = ReportOutput(options: options, environment: environment)
        let selection: PlanSelection
        do {
            selection = try PlanSelection(path: options.file ?? "")
            guard let arguments = arguments.taking(selection.header.options),
                let planned = try? Options(arguments, environment: environment)
            else { throw PlanError.notAPlan(path: selection.path) }
            options = planned
            try selection.read(options.cleanup.layout)
        } catch {
            let report = CleanupReport(failed: CleanupError(error))
            return output.show(
                RunRecord(options: options, server: nil, started: .now, finished: .now, report: report, backup: nil))
        }
        try options.prepareAccess()
        return AttendedRun(options: options, output: output, selection: .plan(selection)).run().1
    }
}
