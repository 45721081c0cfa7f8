import SessionJanitor

/// Says in words what somebody who restores should know beside the numbers.
enum RestoreWarningMessage {
    static func message(_ warning: RestoreReport.Warning) -> Message {
        switch warning {
        case .cutOff:
            Message(
                "the last line is cut off: the run stopped while it wrote it, and so before the removal that it covers",
                zh: "最后一行不完整：运行在写入该行时中止，该行所对应的移除尚未进行")
        case .damaged(let lines):
            Message(
                "\(NumberText.counted(lines, "line")) of the backup \(lines == 1 ? "is" : "are") damaged, and what "
                    + "\(lines == 1 ? "it holds" : "they hold") was not restored",
                zh: "备份中有 \(NumberText.grouped(lines)) 行已损坏，其内容未恢复")
        case .foreign(let lines):
            Message(
                "\(NumberText.counted(lines, "line")) of the backup \(lines == 1 ? "was" : "were") left out: no run on "
                    + "its layout writes such keys or values; was the file changed?",
                zh: "备份中有 \(NumberText.grouped(lines)) 行未恢复：其键或值不可能由该布局的清理写入；文件是否被改动？")
        case .rejected(let count, let example):
            Message(
                "the server would not take \(NumberText.counted(count, "item")), for example: \(Printable.text(example))",
                zh: "服务器拒绝了 \(NumberText.grouped(count)) 项，例如：\(Printable.text(example))")
        case .entriesWithoutSession(let count):
            Message(
                "\(NumberText.counted(count, "entry", "entries")) stayed away, as no session of theirs exists; "
                    + "--entries-without-session puts them back",
                zh: "\(NumberText.grouped(count)) 条记录没有对应的会话，未恢复；可用 --entries-without-session 恢复")
        case .general(let warning): WarningMessage.message(warning)
        case .unlocked:
            WarningMessage.unlocked
        }
    }
}
