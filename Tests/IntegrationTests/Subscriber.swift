import TestSupport

/// Hears everything that is published on a server, in its order.
struct Subscriber {
    struct Message {
        var channel: String
        var payload: Bytes
    }

    private let client: TestClient

    init(_ redis: PrivateRedis) throws {
        client = try redis.client()
        try client.call("PSUBSCRIBE", "*")
    }

    /// What was published until now, since the last time: it comes before the answer to a PING.
    func messages() throws -> [Message] {
        var messages: [Message] = []
        while true {
            let words = try client.call("PING").strings
            guard words.count == 4 else { return messages }
            messages.append(Message(channel: words[2].text, payload: words[3]))
        }
    }
}
