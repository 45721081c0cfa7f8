import FoundationEssentials
import RedisClient
import SessionJanitor

/// `sessions` and `revoke`: a user's sessions, listed or ended.
struct UserCommands {
    let options: Options
    let output: ReportOutput

    func run() -> ExitStatus {
        let display = output.display()
        var record = UserRecord(options: options, started: .now, finished: .now, report: RevocationReport())
        do {
            try look(&record, display)
        } catch let stop as RunStop {
            record.report.outcome = .interrupted
            record.report.stop = stop
        } catch {
            record.report = RevocationReport(failed: CleanupError(error))
        }
        display.clear()
        record.finished = .now
        return output.show(record)
    }

    private var changes: Bool {
        (options.command == .revoke || options.users.cleansOrphans) && !options.cleanup.isDryRun
    }

    private func look(_ record: inout UserRecord, _ display: RunDisplay) throws {
        let checkpoint = Checkpoint(runTime: options.runTime)
        let connection = try options.connect(changes ? .readWrite : .readOnly)
        record.server = connection.server
        let users = options.users
        let needsDates = options.command == .sessions || users.maximum != nil
        let found = UserSessions(
            connection, options: options.cleanup, user: users.user.map { Array($0.utf8) },
            session: Array((users.session ?? "").utf8), readsDates: needsDates, isRecorded: options.command == .revoke,
            showing: users.shown.map(options.cleanup.layout.source), checkpoint: checkpoint.check)
        try found.find()
        record.found = found
        record.report.statistics.sessionsFound = found.sessions.count
        record.report.statistics.orphansFound = found.orphans.count
        let chosen = options.command == .revoke ? try choose(found.sessions) : []
        record.chosen = chosen
        record.report.statistics.sessionsChosen = chosen.count
        guard changes, !chosen.isEmpty || users.cleansOrphans && !found.orphans.isEmpty else { return }
        if !chosen.isEmpty, !options.assumesYes, !options.isJSON, StandardStream.isInputTerminal {
            StandardStream.output.write(record.text(output.style))
            guard Confirmation.isGiven(record.question, options.language) else {
                record.isDeclined = true
                return
            }
        }
        let backup = try options.backup.map { path throws(BackupError) in try BackupWriter(path: path) }
        try backup?.begin(
            with: BackupHeader(
                toolVersion: Version.number, startedAt: record.started.formatted(.iso8601), connection: connection,
                options: options.cleanup))
        let revocation = Revocation(
            connection, options: options.cleanup, found: found, observer: display, backup: backup,
            checkpoint: checkpoint.check)
        record.report = revocation.run(chosen, cleansOrphans: users.cleansOrphans)
        record.backup = backup.flatMap(BackupSummary.init)
    }

    /// The sessions that are to be ended.
    private func choose(_ sessions: [UserSession]) throws -> [UserSession] {
        let users = options.users
        if let session = users.session { return [try the(session, of: sessions)].compactMap(\.self) }
        if let kept = users.kept {
            guard let kept = try the(kept, of: sessions) else { throw UserCommands.unknown(kept) }
            return sessions.filter { $0.id != kept.id }
        }
        guard let maximum = users.maximum else { return sessions }
        return ExcessSessions.oldest(of: sessions, beyond: maximum)
    }

    /// The session whose id begins so; nil if there is none.
    private func the(_ beginning: String, of sessions: [UserSession]) throws -> UserSession? {
        let matching = sessions.filter { $0.id.starts(with: beginning.utf8) }
        if let exact = matching.first(where: { $0.id == Array(beginning.utf8) }) { return exact }
        guard matching.count <= 1 else {
            throw CleanupError.ambiguousSession(Array(beginning.utf8), count: matching.count)
        }
        return matching.first
    }

    private static func unknown(_ session: String) -> CleanupError { .unknownSession(Array(session.utf8)) }
}

/// What `sessions` and `revoke` are asked for.
struct UserOptions: Equatable {
    var user: String?
    /// How the id of the one session begins that is to be ended, or kept.
    var session: String?
    var kept: String?
    /// How many sessions are left to the user.
    var maximum: Int?
    var shown: [String] = []
    var showsIDs = false
    var cleansOrphans = false

    /// So many characters of an id tell it from others.
    static let shortestID = 8

    /// What is wrong with them for this command and layout.
    func problem(_ command: Command, _ layout: Layout) -> UsageError? {
        if user == nil {
            if command == .sessions || session == nil || !layout.indexKeys.isEmpty {
                let rest = command == .revoke ? Message(", or --session ID where the layout has no index") : Message("")
                let chinese = command == .revoke ? "；布局没有用户会话键时可用 --session ID" : ""
                return UsageError(
                    "\(command.rawValue) needs a USER\(rest)", zh: "\(command.rawValue) 需要 USER\(chinese)")
            }
        } else if !layout.knowsUsers {
            return UsageError(
                "the layout \(layout.name) does not say whose a session is: neither a key nor --user names its user",
                zh: "布局 \(layout.name) 不说明会话属于谁：没有键或 --user 指明用户")
        }
        if maximum != nil, !layout.ranksSessions {
            return UsageError(
                "the layout \(layout.name) does not tell which sessions are the newest: it has no date and no score",
                zh: "布局 \(layout.name) 无法判断哪些会话最新：它没有日期，也没有分数")
        }
        return nil
    }
}

/// A finished `sessions` or `revoke`.
struct UserRecord: FinishedRun {
    var options: Options
    var server: ServerInfo?
    var started: Date
    var finished: Date
    var report: RevocationReport
    var found: UserSessions?
    var chosen: [UserSession] = []
    var backup: BackupSummary?
    /// Whether somebody said no.
    var isDeclined = false

    var warnings: [Message] { (options.warnings + report.warnings).map(\.message) }
    var findsRemovals: Bool { !chosen.isEmpty }

    var problem: Message? {
        if let error = report.error { return error.message(options) }
        if let stop = report.stop, stop != .timeIsUp { return stop.message }
        return report.refusal.map { Message("refused: \($0.message)", zh: "已拒绝：\($0.message)") }
    }

    private var user: Message { Message("\(options.users.user ?? "")") }

    var question: Message {
        Message("Sign out \(chosen.count, "session")\(ofUser)? [y/N] ", zh: "登出\(ofUser) \(chosen.count) 个会话？[y/N] ")
    }

    private var ofUser: Message {
        Message(if: options.users.user != nil, " of \(user)", zh: " \(user) 的")
    }

    // MARK: For people

    func text(_ style: TextStyle) -> String {
        var page = ReportPage(style, options.language)
        page.addHead(self, Message(options.command == .revoke ? "Revoke" : "Sessions", zh: "会话"), [])
        let sessions = options.command == .revoke ? chosen : found?.sessions ?? []
        if !sessions.isEmpty || found?.orphans.isEmpty == false { page.addGap() }
        page.add(lines: table(sessions))
        for orphan in found?.orphans ?? [] where options.command == .sessions {
            page.add(
                Message(
                    "\(id(orphan.id))  orphaned: an entry of \(key: orphan.key) without a session",
                    zh: "\(id(orphan.id))  孤儿记录：\(key: orphan.key) 中没有会话的一条"))
        }
        page.add(warnings: warnings)
        page.addGap()
        page.add(conclusion, problem == nil ? .good : .bad)
        if let nextStep { page.add(nextStep) }
        return page.text
    }

    private func id(_ id: [UInt8]) -> Message { options.users.showsIDs ? Message("\(id)") : Message("\(id: id)") }

    /// A heading and a line for each session, in columns.
    private func table(_ sessions: [UserSession]) -> [String] {
        guard !sessions.isEmpty else { return [] }
        let heads = [
            Message("id", zh: "会话ID"), Message("created", zh: "创建"), Message("last access", zh: "最近访问"),
            Message("expires", zh: "过期"),
        ]
        let rows = sessions.map { session in
            [id(session.id)] + dates(session).map { Message("\($0 ?? "–")") }
                + session.shown.map { $0.map { Message("\($0)") } ?? Message("–") }
        }
        let table = ([heads + options.users.shown.map { Message("\($0)") }] + rows).map {
            $0.map { $0[options.language] }
        }
        let isEmpty = table[0].indices.map { column in
            (1...3).contains(column) && table.dropFirst().allSatisfy { $0[column] == "–" }
        }
        let widths = table[0].indices.map { column in table.map { DisplayWidth.of($0[column]) }.max() ?? 0 }
        return table.map { row in
            let cells = row.indices.filter { !isEmpty[$0] }.map { WrappedText.padded(row[$0], widths[$0]) }
            return cells.joined(separator: "  ").trimmingSuffix { $0 == " " }
        }
    }

    /// Created, last access, expires; the TTL is the surer word on the last.
    private func dates(_ session: UserSession) -> [String?] {
        let expiry = session.lifetime.map { started.timeIntervalSince1970 + Double($0) / 1_000 } ?? session.expiry
        return [session.created, session.lastAccess, expiry].map { date in
            date.map { Date(timeIntervalSince1970: $0.rounded(.down)).formatted(.iso8601) }
        }
    }

    private var nextStep: Message? {
        if let backup { return Message("To undo it: \(backup.undoCommand)", zh: "撤销命令：\(backup.undoCommand)") }
        if options.cleanup.isDryRun, !chosen.isEmpty {
            return Message("To do it: \(options.realCommand)", zh: "执行命令：\(options.realCommand)")
        }
        guard report.hasChangedData else { return nil }
        return Message("This cannot be undone without --backup.", zh: "没有 --backup，此操作无法撤销。")
    }

    private var conclusion: Message {
        if let problem { return problem.sentence }
        let numbers = report.statistics
        if isDeclined { return Message("Nothing was removed.", zh: "未移除任何内容。") }
        let orphans = numbers.orphansFound
        if options.command == .sessions {
            let count = numbers.sessionsFound
            let what =
                count == 0
                ? Message("No session of \(user)", zh: "\(user) 没有会话")
                : Message("\(count, "session") of \(user)", zh: "\(user) 有 \(count) 个会话")
            guard orphans > 0 else { return what.sentence }
            let entries = Message("\(orphans, "orphaned entry", "orphaned entries")", zh: "\(orphans) 条孤儿记录")
            return options.users.cleansOrphans
                ? Message(
                    "\(what); of \(entries), \(numbers.orphansRemoved) \(was: numbers.orphansRemoved) removed.",
                    zh: "\(what)；\(entries)中移除了 \(numbers.orphansRemoved) 条。")
                : Message("\(what), and \(entries): --clean removes them.", zh: "\(what)，另有 \(entries)：--clean 可移除。")
        }
        let count = chosen.count
        guard count > 0 else {
            return Message("There is no such session: nothing was removed.", zh: "没有这样的会话：未移除任何内容。")
        }
        guard !options.cleanup.isDryRun else {
            return Message("\(count, "session")\(ofUser) would be signed out.", zh: "将登出\(ofUser) \(count) 个会话。")
        }
        let others = numbers.entriesRemoved + numbers.dependentsRemoved
        let ended = numbers.sessionsRevoked
        return Message(
            "\(ended, "session")\(ofUser) \(was: ended) signed out, and \(others, "entry or key", "entries and keys") that named "
                + "\(ended, one: "it", many: "them") \(was: others) removed.",
            zh: "已登出\(ofUser) \(ended) 个会话，并移除相关的 \(others) 项记录和键。")
    }

    // MARK: For scripts

    private struct SessionText: Encodable {
        var id: String
        var created: String?
        var lastAccess: String?
        var expires: String?
        var listed: Bool
        var show: [String: String]?
    }

    func json() throws -> String {
        var object = JSONReport(
            self, mode: options.command == .revoke ? "revoke" : "list", stats: report.statistics, backup: backup)
        object.layout = options.cleanup.layout.name
        object.prefix = options.cleanup.layout.prefix
        if object.error == nil, let refusal = report.refusal {
            object.error = ["code": "refused", "message": refusal.message.english]
        }
        let list = (options.command == .revoke ? chosen : found?.sessions ?? []).map { session in
            let dates = dates(session)
            let fields = zip(options.users.shown, session.shown).compactMap { name, value in
                value.map { (name, String(decoding: $0, as: UTF8.self)) }
            }
            return SessionText(
                id: id(session.id).english, created: dates[0], lastAccess: dates[1], expires: dates[2],
                listed: session.isListed,
                show: options.users.shown.isEmpty ? nil : Dictionary(fields) { first, _ in first })
        }
        return try JSONText.of(
            UserJSON(
                report: object, user: options.users.user, sessions: list,
                orphanedEntries: (found?.orphans ?? []).map { id($0.id).english }))
    }

    /// The report of any run, and the list.
    private struct UserJSON<Report: Encodable>: Encodable {
        var report: Report
        var user: String?
        var sessions: [SessionText]
        var orphanedEntries: [String]

        private enum CodingKeys: CodingKey {
            case user, sessions, orphanedEntries
        }

        func encode(to encoder: any Encoder) throws {
            try report.encode(to: encoder)
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(user, forKey: .user)
            try values.encode(sessions, forKey: .sessions)
            try values.encode(orphanedEntries, forKey: .orphanedEntries)
        }
    }
}

extension String {
    fileprivate func trimmingSuffix(_ isDropped: (Character) -> Bool) -> String {
        var text = self
        while let last = text.last, isDropped(last) { text.removeLast() }
        return text
    }
}
