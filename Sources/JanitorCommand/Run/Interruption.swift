import Glibc

/// The wish of a user or of the system that the process stop: SIGINT or SIGTERM.
///
/// The first one is only noted, so that the batch in hand can be finished; the second one ends the process at once.
enum Interruption {
    nonisolated(unsafe) private static let noted: UnsafeMutablePointer<sig_atomic_t> = {
        let place = UnsafeMutablePointer<sig_atomic_t>.allocate(capacity: 1)
        place.initialize(to: 0)
        return place
    }()

    /// Begins to note the signals; one that the process was started to ignore, as by nohup, stays ignored.
    static func watch() {
        noted.pointee = 0
        for number in [SIGINT, SIGTERM] {
            var former = sigaction()
            guard sigaction(number, nil, &former) == 0,
                unsafeBitCast(former.__sigaction_handler.sa_handler, to: Int.self)
                    != unsafeBitCast(SIG_IGN, to: Int.self)
            else { continue }
            var action = sigaction()
            // Nothing but what a handler may do: remember the number, and let the next signal have its way.
            action.__sigaction_handler.sa_handler = { number in
                Interruption.noted.pointee = number
                Glibc.signal(SIGINT, SIG_DFL)
                Glibc.signal(SIGTERM, SIG_DFL)
            }
            sigaction(number, &action, nil)
        }
    }

    /// The signal that came, if any.
    static var signal: Int32? {
        noted.pointee == 0 ? nil : noted.pointee
    }
}
