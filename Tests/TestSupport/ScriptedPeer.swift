/// Something on a unix socket that is not a Redis server: gives one answer after the other, whatever it is told.
public final class ScriptedPeer: Sendable {
    private let listener: UnixListener

    /// Each answer is sent when something more has come; after the last one the connection is closed.
    public init(_ answers: [Bytes]) throws {
        listener = try UnixListener { connection in
            for answer in answers {
                guard UnixListener.receive(from: connection) != nil,
                    UnixListener.send(answer.raw, to: connection)
                else { return }
            }
        }
    }

    public var url: String { "unix://" + listener.path }
}
