import Glibc
import Synchronization

/// Notes that a user or the system wants the process to stop: SIGINT, SIGTERM or SIGHUP.
///
/// The first signal is only noted, so that the batch in hand can be finished; the second one ends the process at once.
/// A SIGHUP never does: a terminal that closes sends several.
enum Interruption {
    private static let noted = Atomic<Int32>(0)

    /// Starts to note the signals. One that was ignored when the process started, as by nohup, stays ignored.
    static func watch() {
        noted.store(0, ordering: .relaxed)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            var former = sigaction()
            guard sigaction(number, nil, &former) == 0, !isIgnored(former) else { continue }
            var action = sigaction()
            // A handler may do little: it remembers the number and lets the next signal end the process.
            action.__sigaction_handler.sa_handler = { number in
                _ = Interruption.noted.compareExchange(expected: 0, desired: number, ordering: .relaxed)
                guard number != SIGHUP else { return }
                Glibc.signal(SIGINT, SIG_DFL)
                Glibc.signal(SIGTERM, SIG_DFL)
            }
            sigaction(number, &action, nil)
        }
    }

    static func isIgnored(_ action: sigaction) -> Bool {
        unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    /// The signal that came first, if any.
    static var signal: Int32? {
        let number = noted.load(ordering: .relaxed)
        return number == 0 ? nil : number
    }
}
