import Glibc
import SessionJanitor

/// Says why a run stopped before its end, and what is left.
enum StopMessage {
    /// What a stopped run has left; nil if it had not looked at everything by then.
    static func text(_ stop: RunStop, _ left: LeftOver?) -> Message {
        let cause = cause(stop)
        guard let left else {
            return Message(
                "\(cause.english); not everything was looked at, and nothing was removed; run again",
                zh: "\(cause.chinese)；尚未检查完毕，未移除任何内容；请再运行一次")
        }
        let what = RemovableText(left).message
        let own = left.entriesOfRemovedSessions
        let note =
            own == 0
            ? Message("", zh: "")
            : Message(
                " (\(NumberText.grouped(own)) of the entries are of sessions that this run removed)",
                zh: "（其中 \(NumberText.grouped(own)) 条记录的会话由本次运行移除）")
        return Message(
            "\(cause.english); left: \(what.english)\(note.english), for the next run",
            zh: "\(cause.chinese)；还剩 \(what.chinese)\(note.chinese)，留待下次运行")
    }

    static func cause(_ stop: RunStop) -> Message {
        switch stop {
        case .signal(let number):
            let name = [SIGINT: "SIGINT", SIGHUP: "SIGHUP"][number] ?? "SIGTERM"
            return Message("stopped by \(name) after the batch in hand", zh: "收到 \(name)，在当前批次完成后停止")
        case .timeIsUp:
            return Message(
                "stopped after the batch in hand, as the time of --run-time is over", zh: "--run-time 的时间已到，在当前批次完成后停止")
        }
    }
}
