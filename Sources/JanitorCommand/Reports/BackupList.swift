import SessionJanitor

/// `restore --list`: what a backup holds, without a server.
struct BackupList {
    let path: String
    let header: BackupHeader
    let share: BackupShare

    init(path: String) throws(BackupError) {
        self.path = path
        header = try BackupReader(path: path).header
        share = try BackupShare(path: path)
    }

    func text(_ style: TextStyle, _ language: Language) -> String {
        var page = ReportPage(style, language)
        let (time, server) = (header.startedAt, Message("\(header.server)"))
        page.add(Message("Backup \(path)", zh: "备份 \(path)"), .heading)
        page.add(
            Message(
                "made \(time) on \(server), database \(header.database)",
                zh: "\(time) 备份自 \(server) 的数据库 \(header.database)"))
        let (whole, perUser) = (Message("In all", zh: "总计"), Message("By user", zh: "各用户"))
        page.add(
            [
                ReportPage.Row(heading: whole, label: Message("keys", zh: "键"), number: share.counts.keys),
                ReportPage.Row(heading: whole, label: Message("entries", zh: "记录"), number: share.counts.entries),
                ReportPage.Row(
                    heading: whole, label: Message("TTLs that were set", zh: "设置过的 TTL"), number: share.counts.ttls),
                ReportPage.Row(
                    heading: whole, label: Message("damaged lines", zh: "损坏的行"), number: share.damaged, tone: .bad),
            ].filter { $0.number ?? 0 > 0 }
                + users.map { user in
                    ReportPage.Row(
                        heading: perUser, label: user.name, number: user.entries + user.sessions)
                })
        page.addGap()
        let file = Printable.shellWord(path)
        page.add(
            Message(
                "To restore all of it: session-janitor restore \(file); one user's share: --user USER",
                zh: "全部恢复：session-janitor restore \(file)；只恢复一个用户：加 --user USER"))
        return page.text
    }

    /// Sorted by name; those that name no user last.
    private var users: [(name: Message, entries: Int, sessions: Int)] {
        share.users.sorted { first, second in
            guard let one = first.name, let other = second.name else { return first.name != nil }
            return one.lexicographicallyPrecedes(other)
        }.map { (BackupList.name($0.name), $0.entries, $0.sessions) }
    }

    private static func name(_ user: [UInt8]?) -> Message {
        user.map { Message("\(key: $0)") } ?? Message("(unknown)", zh: "（未知）")
    }

    private struct JSON: Encodable {
        struct User: Encodable {
            var user: String?
            var entries: Int
            var sessions: Int
        }

        var file: String
        var startedAt: String
        var server: String
        var database: Int
        var keys: Int
        var entries: Int
        var ttls: Int
        var damaged: Int
        var users: [User]
    }

    func json() throws -> String {
        try JSONText.of(
            JSON(
                file: path, startedAt: header.startedAt, server: header.server, database: header.database,
                keys: share.counts.keys, entries: share.counts.entries, ttls: share.counts.ttls, damaged: share.damaged,
                users: share.users.map { user in
                    JSON.User(
                        user: user.name.map { Printable.text($0) }, entries: user.entries, sessions: user.sessions)
                }.sorted { $0.user ?? "\u{10ffff}" < $1.user ?? "\u{10ffff}" }))
    }
}
