import Glibc
import RedisClient

/// Reports a run to monitoring: a ping before and after it, a metrics file after it.
struct MonitoredRun {
    let options: Options
    /// For what does not change the status.
    let warn: (Message) -> Void
    let complain: (Message) -> Void

    /// A monitor that cannot be reached does not change the status; a metrics file that cannot be written turns success into
    /// failure.
    func run(_ work: () -> (RunRecord, ExitStatus)) -> ExitStatus {
        ping("start")
        let (record, outcome) = work()
        var status = outcome
        if let path = options.metricsFile {
            do {
                try MetricsFile(path: path).write(record, status: status)
            } catch {
                let reason = "\(error)"
                complain(
                    Message("the metrics could not be written to \(path): \(reason)", zh: "指标无法写入 \(path)：\(reason)"))
                if status == .done { status = .failed }
            }
        }
        ping(String(status.rawValue))
        return status
    }

    private func ping(_ word: String) {
        guard let failure = options.pingURL.flatMap({ PingMonitor(url: $0).ping(word) }) else { return }
        warn(
            Message("the monitor at --ping-url was not reached: \(failure)", zh: "无法联系 --ping-url 指定的监控：\(failure)"))
    }
}

/// A monitor of the healthchecks.io kind: `URL/start` when a run begins, `URL/<exit status>` when it ends.
///
/// Calls the curl program, which handles proxies, certificates and time-outs.
struct PingMonitor {
    let url: String
    /// Seconds that one ping may take, retries included.
    private static let patience = 15

    /// The address of a monitor without a slash at its end; nil if the text is not a web address.
    static func url(_ text: String) -> String? {
        guard text.hasPrefix("https://") || text.hasPrefix("http://"),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x5c })
        else { return nil }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    /// Nil if the monitor was reached, else why not.
    func ping(_ word: String) -> String? {
        // The URL is secret, so it goes through standard input and not into the list of processes.
        let configuration = """
            url = "\(url)/\(word)"
            max-time = \(PingMonitor.patience)
            retry = 2
            retry-max-time = \(PingMonitor.patience)
            output = "/dev/null"
            silent
            show-error
            fail
            """
        do {
            return try run(["curl", "--config", "-"], input: configuration)
        } catch {
            return "curl could not be started: \(error)"
        }
    }

    /// Runs a program to its end; nil if it succeeded, else what it said.
    private func run(_ words: [String], input: String) throws -> String? {
        let (toChild, fromChild) = (try channel(), try channel())
        defer { close(fromChild[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (stream, end) in [toChild[0], fromChild[1], fromChild[1]].enumerated() {
            posix_spawn_file_actions_adddup2(&actions, end, Int32(clamping: stream))
        }
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child: pid_t = 0
        let failure = posix_spawnp(&child, words[0], &actions, nil, &arguments, environ)
        close(toChild[0])
        close(fromChild[1])
        if failure == 0 {
            // Far less than a pipe holds, so this does not wait for the child to read.
            _ = Array(input.utf8).withUnsafeBytes { write(toChild[1], $0.baseAddress, $0.count) }
        }
        close(toChild[1])
        guard failure == 0 else { throw FileError(code: failure) }
        let said = FileError.bytes(of: fromChild[0])
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status == 0 ? nil : String(decoding: (said ?? []).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    /// A pipe that a child inherits only where it is passed on.
    private func channel() throws -> [Int32] {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw FileError() }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return ends
    }
}
