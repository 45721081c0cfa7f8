import SessionJanitor

/// Says in words why a run removes nothing: the numbers, and the option that permits it.
enum RefusalMessage {
    static func text(_ refusal: Refusal) -> String {
        switch refusal {
        case .noSessionExists(let entries):
            "no session key exists, and \(NumberText.counted(entries, "entry", "entries")) would go; a wrong "
                + "database, prefix or template looks just like that; if it is right, --allow-no-live-sessions "
                + "permits it"
        case .noSessionWouldRemain(let sessions):
            "\(NumberText.counted(sessions, "session")) would go as expired, and no live session would remain; a wrong "
                + "--max-age-days or clock looks just like that; if it is right, --allow-no-live-sessions permits it"
        case .tooManyRemovals(let entries, let sessions, let limit):
            "\(NumberText.counted(entries, "entry", "entries")) and \(NumberText.counted(sessions, "session")) would "
                + "go, more than --max-removals \(text(limit)) allows; a larger --max-removals permits it"
        }
    }

    private static func text(_ limit: SafetyLimits.MaximumRemovals) -> String {
        switch limit {
        case .count(let count): "\(count)"
        case .percent(let percent):
            "\(percent == percent.rounded() ? String(Int(percent)) : String(percent))%"
        }
    }
}
