import SessionJanitor

/// Says in words what an administrator should know beside the numbers.
enum WarningMessage {
    static func text(_ warning: CleanupWarning) -> String {
        switch warning {
        case .wouldBeRefused(let refusal):
            "a real run would be refused: \(RefusalMessage.text(refusal))"
        case .unreadableIndexKeys(let keys):
            "\(NumberText.counted(keys.count, "index key")) cannot hold session ids and "
                + "\(keys.count == 1 ? "was" : "were") left alone: \(names(keys))"
        case .retypedEntries(let count):
            "\(NumberText.counted(count, "entry", "entries")) stayed: the index key became another type meanwhile; "
                + "run again"
        case .undatedSessions(let count):
            "\(NumberText.counted(count, "session")) without a usable date \(count == 1 ? "was" : "were") kept"
        case .unreadableSessions(let count):
            "\(NumberText.counted(count, "session")) that \(count == 1 ? "is" : "are") not a JSON object in a string "
                + "\(count == 1 ? "was" : "were") kept"
        case .changedSessions(let count):
            "\(NumberText.counted(count, "expired session")) changed during the run and \(count == 1 ? "was" : "were") "
                + "kept"
        case .uncertainRemovals(let count):
            "\(NumberText.counted(count, "removal")) \(count == 1 ? "was" : "were") under way when the connection failed: "
                + "carried out or not, not counted; run again"
        case .unlocked:
            "no lock was taken, as the server's memory is full; another run may have worked on the same"
        case .nothingMatches(let layout):
            "no key matches \(Printable.text(layout.sessionKey.key(Array("*".utf8)))) or "
                + "\(Printable.text(layout.indexKey.key(Array("*".utf8)))): is it the right database and --prefix?"
        }
    }

    private static func names(_ keys: UnreadableIndexKeys) -> String {
        let named = keys.examples.map { "\(Printable.key($0.key)) (\(Printable.text($0.type)))" }
        let more = keys.count - keys.examples.count
        return named.joined(separator: ", ") + (more > 0 ? " and \(NumberText.grouped(more)) more" : "")
    }
}
