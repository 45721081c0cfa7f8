import Glibc

/// Standard output or standard error.
enum StandardStream: Int32 {
    case output = 1
    case error = 2

    var isTerminal: Bool { isatty(rawValue) == 1 }

    /// How wide the terminal is now.
    var columns: Int {
        var size = winsize()
        return ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

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

/// A line that somebody types.
enum TypedLine {
    /// Milliseconds after which a signal is seen that came just before the wait, and so did not end it.
    private static let pause: Int32 = 100

    /// The bytes before the line break; nil if the input ends before one, or once `isInterrupted` says so.
    static func read(from descriptor: Int32, isInterrupted: () -> Bool) -> [UInt8]? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while !isInterrupted() {
            var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&watched, 1, pause) > 0 else { continue }
            let count = Glibc.read(descriptor, &byte, 1)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count == 1 else { return nil }
            guard byte != UInt8(ascii: "\n") else { return line }
            line.append(byte)
        }
        return nil
    }
}

/// Keeps a password that stands on the command line out of `ps`.
enum ProcessTitle {
    /// Overwrites, in the process's own argument memory, the secrets of every URL.
    ///
    /// Call it after the arguments were copied. Another process may have read them before, so the environment is the better
    /// place for a password.
    @MainActor
    static func hideCredentials() {
        for index in 1..<max(Int(CommandLine.argc), 1) {
            guard let argument = CommandLine.unsafeArgv[index] else { continue }
            let length = strlen(argument)
            let text = UnsafeMutableBufferPointer(start: argument, count: length)
            let bytes = text.map { UInt8(bitPattern: $0) }
            for position in Secrets.ranges(in: bytes, .argument).joined() { text[position] = CChar(UInt8(ascii: "*")) }
        }
    }
}
