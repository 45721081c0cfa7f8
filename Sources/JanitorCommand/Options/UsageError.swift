/// Something is wrong with the command line or the environment: status 2, and nothing was sent to a server.
struct UsageError: Error, Equatable {
    /// What is wrong and what to do, in one line, without a trailing full stop.
    let text: Message

    var message: String { text.english }

    init(_ english: String, zh chinese: String) {
        text = Message(english, zh: chinese)
    }

    init(_ text: Message) {
        self.text = text
    }
}
