import SessionJanitor

/// Says what is wrong with a backup file.
enum BackupMessage {
    static func message(_ error: BackupError) -> Message {
        switch error {
        case .exists(let path):
            Message(
                "the backup \(Printable.text(path)) exists already and is not overwritten; name another file",
                zh: "备份文件 \(Printable.text(path)) 已存在，不会覆盖；请指定另一个文件")
        case .cannotCreate(let path, let reason):
            Message(
                "the backup \(Printable.text(path)) cannot be created: \(reason); nothing was removed",
                zh: "无法创建备份文件 \(Printable.text(path))：\(reason)；未移除任何内容")
        case .cannotWrite(let path, let reason):
            Message(
                "the backup \(Printable.text(path)) cannot be written: \(reason); the run stopped before the removal that "
                    + "was not covered; make room and run again with another file",
                zh: "无法写入备份文件 \(Printable.text(path))：\(reason)；运行已在未备份的移除之前停止；请腾出空间后用另一个文件再运行")
        case .cannotRead(let path, let reason):
            Message(
                "the backup \(Printable.text(path)) cannot be read: \(reason)",
                zh: "无法读取备份文件 \(Printable.text(path))：\(reason)")
        case .notABackup(let path):
            Message(
                "\(Printable.text(path)) is not a backup of session-janitor, or its first line is damaged",
                zh: "\(Printable.text(path)) 不是 session-janitor 的备份，或其首行已损坏")
        case .unknownVersion(let path, let version):
            Message(
                "\(Printable.text(path)) is a backup of version \(version), which this session-janitor does not know; use "
                    + "the one that wrote it",
                zh: "\(Printable.text(path)) 是版本 \(version) 的备份，此版本无法识别；请使用写入它的版本")
        case .madeElsewhere(let path, let server, let database):
            Message(
                "refused: the backup \(Printable.text(path)) was made on \(Printable.text(server)), database \(database); "
                    + "--into-other-server restores it here all the same",
                zh: "已拒绝：备份 \(Printable.text(path)) 来自 \(Printable.text(server)) 的数据库 \(database)；"
                    + "如确需恢复到此处，请用 --into-other-server")
        }
    }

    static func code(_ error: BackupError) -> String {
        switch error {
        case .exists: "backup_exists"
        case .cannotCreate, .cannotWrite: "backup_not_written"
        case .cannotRead: "backup_not_read"
        case .notABackup: "not_a_backup"
        case .unknownVersion: "backup_version"
        case .madeElsewhere: "refused"
        }
    }
}
