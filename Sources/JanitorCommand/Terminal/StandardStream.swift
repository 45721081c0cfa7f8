import Glibc

/// Standard output or standard error.
enum StandardStream: Int32 {
    case output = 1
    case error = 2

    var isTerminal: Bool { isatty(rawValue) == 1 }

    /// Whether this stream goes to the journal: systemd.exec(5) says to compare `JOURNAL_STREAM` with the stream's own
    /// device and inode, as the variable may be left over from another service.
    func isJournal(_ variable: String?) -> Bool {
        var status = stat()
        return fstat(rawValue, &status) == 0 && variable == "\(status.st_dev):\(status.st_ino)"
    }

    /// Whether somebody can answer a question.
    static var isInputTerminal: Bool { isatty(0) == 1 }

    /// Writes all of the text, without the secrets of the URLs in it; returns why that failed, as on a full disk or into a closed pipe, or nil.
    @discardableResult
    func write(_ text: String) -> String? {
        var bytes = Secrets.masked(Array(text.utf8), .text)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(rawValue, $0.baseAddress, $0.count) }
            if written >= 0 {
                bytes = bytes.dropFirst(written)
            } else if errno == EAGAIN || errno == EWOULDBLOCK {
                // Somebody made the pipe non-blocking; its reader will come.
                var watched = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
                poll(&watched, 1, 1_000)
            } else if errno != EINTR {
                return String(cString: strerror(errno))
            }
        }
        return nil
    }
}
