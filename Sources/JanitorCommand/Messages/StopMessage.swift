import Glibc
import SessionJanitor

/// Says why a run stopped before its end, and what is left.
enum StopMessage {
    /// What a stopped run has left; `isPlanMade` says that everything was looked at.
    static func text(_ stop: RunStop, entries: Int, sessions: Int, isPlanMade: Bool) -> Message {
        let cause = cause(stop)
        guard isPlanMade else {
            return Message(
                "\(cause.english); not everything was looked at, and nothing was removed; run again",
                zh: "\(cause.chinese)；尚未检查完毕，未移除任何内容；请再运行一次")
        }
        return Message(
            "\(cause.english); left: \(NumberText.counted(entries, "orphaned entry", "orphaned entries"))"
                + (sessions > 0 ? " and \(NumberText.counted(sessions, "expired session"))" : "")
                + ", for the next run",
            zh: "\(cause.chinese)；还剩 \(NumberText.grouped(entries)) 条孤儿记录"
                + (sessions > 0 ? "和 \(NumberText.grouped(sessions)) 个过期会话" : "") + "，留待下次运行")
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
