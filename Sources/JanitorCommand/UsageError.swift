/// Something is wrong with the command line or the environment: status 2, and nothing was sent to a server.
struct UsageError: Error, Equatable {
    /// What is wrong and what to do, in one line, without a trailing full stop.
    let message: String

    init(_ message: String) {
        self.message = message
    }
}
