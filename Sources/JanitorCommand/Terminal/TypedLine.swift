import Glibc

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
