import Foundation

@testable import JanitorCommand
@testable import RedisClient
@testable import SessionJanitor

/// Finished runs to report on.
enum Sample {
    static let secret = "hunter2"
    /// A session id of the usual 43 characters.
    static let id = "Zx3kP9_qLm-T0vWbY7cR2dHnJ5sF8gAeU1oKiQyXtMw"

    static func options(_ words: [String] = [], _ environment: [String: String] = [:]) throws -> Options {
        let url = ["REDIS_URL": "redis://user:\(secret)@db.example.org:7000/3"]
        return try Options(Arguments(words), environment: url.merging(environment) { $1 })
    }

    static func record(
        _ words: [String] = [], _ environment: [String: String] = [:], report: CleanupReport,
        version: String? = "7.2.4"
    ) throws -> RunRecord {
        let info = version.map { "redis_version:\($0)" } ?? ""
        return RunRecord(
            options: try options(words, environment), server: ServerInfo(reply: info),
            started: Date(timeIntervalSince1970: 1_700_000_000),
            finished: Date(timeIntervalSince1970: 1_700_000_001.5), report: report)
    }

    /// All that can be printed without a server.
    static var pages: [String] {
        Language.allCases.flatMap { language in
            let help = HelpText(language: language)
            return [help.overview, ManualPage(language: language).text]
                + Command.allCases.map { help.all(of: $0, isGiven: true) } + HelpTopic.allCases.map(help.topic)
                + Shell.allCases.map { CompletionScript.text($0, language) }
        }
    }

    static func text(_ error: RedisError, _ options: Options) -> String {
        CleanupError.redis(error).message(options).english
    }

    static func text(_ error: RedisError) throws -> String {
        text(error, try options())
    }

    static func text(_ warning: CleanupWarning) -> String {
        warning.message.english
    }

    static func code(_ error: CleanupError) throws -> String {
        error.message(try options()).code
    }

    static func report(
        _ outcome: CleanupOutcome, _ consistency: Consistency, _ statistics: CleanupStatistics = CleanupStatistics(),
        warnings: [CleanupWarning] = [], refusal: Refusal? = nil, error: RedisError? = nil
    ) -> CleanupReport {
        var statistics = statistics
        statistics.orphanedEntriesLeft = statistics.orphanedEntriesFound - statistics.orphanedEntriesRemoved
        return CleanupReport(
            statistics: statistics, consistency: consistency, outcome: outcome, warnings: warnings, refusal: refusal,
            error: error.map { .redis($0) })
    }

    /// What a look at some data found, before anything was removed.
    static var found: CleanupStatistics {
        var statistics = CleanupStatistics()
        statistics.indexKeysChecked = 1_234
        statistics.entriesChecked = 1_234_567
        statistics.validEntriesFound = 1_000_000
        statistics.orphanedEntriesFound = 200_000
        statistics.orphanedEntriesLeft = 200_000
        statistics.expiredEntriesFound = 34_567
        statistics.emptyIndexKeysFound = 17
        statistics.sessionsChecked = 1_034_600
        statistics.expiredSessionsFound = 34_567
        statistics.undatedSessionsFound = 3
        statistics.unreadableSessionsFound = 2
        statistics.unindexedSessionsFound = 33
        statistics.revivedSessionsFound = 1
        return statistics
    }

    static func unreadable(_ keys: [[UInt8]], type: String = "hash") -> CleanupWarning {
        var result = UnreadableIndexKeys()
        for key in keys { result.add(key, type: type) }
        return .unreadableIndexKeys(result)
    }

    static func warnings() throws -> [CleanupWarning] {
        [
            .wouldBeRefused(.noSessionExists(entries: 5_000)),
            .wouldBeRefused(.noSessionWouldRemain(sessions: 5_000)),
            .wouldBeRefused(.tooManyRemovals(entries: 5_000, sessions: 1, limit: .percent(12.5))),
            unreadable(["appauth:usess:a".bytes]),
            unreadable((0..<20).map { "appauth:usess:\(String(repeating: "long", count: 200))\($0)".bytes }),
            unreadable(["a\n\u{1b}[31mb\u{202e}".bytes + [0xff, 0]], type: "x\r\ny"),
            .retypedEntries(1_234), .undatedSessions(1_234), .misdatedSessions(1_234, of: 1_234),
            .unreadableSessions(1_234),
            .changedSessions(1_234),
            .uncertainRemovals(1_234), .unverifiedServer,
            .noEffect(option: "--max-lag", without: "--read-from replica"), .unpublished(5, reason: "NOPERM a\nb"),
            .unpublished(1, reason: nil),
            .exposedPasswordFile("/etc/a\nb"),
            .unreachable(Unreachable(indexKeys: 12, items: 1_234, nodes: ["127.0.0.1:7001\n"])),
            .unreachable(Unreachable(items: 1)),
            .nothingMatches(try Layout(), otherKeys: 0),
            .nothingMatches(try Layout(prefix: "a\nb\u{1b}c"), otherKeys: 1),
            .nothingMatches(try Layout(prefix: String(repeating: "x", count: 100_000)), otherKeys: nil),
        ]
    }
}

extension String {
    var bytes: [UInt8] { Array(utf8) }

    /// Whether this can stand in a log: one line, and nothing that a terminal obeys.
    var isOneTameLine: Bool {
        !isEmpty
            && unicodeScalars.allSatisfy { scalar in
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: false
                default: true
                }
            }
    }
}
