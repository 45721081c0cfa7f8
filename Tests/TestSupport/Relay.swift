import Foundation

/// One connection from the janitor, and the one behind it to the server: what arrives on either is passed on by its owner.
public struct Relay: Sendable {
    public enum Direction: String, Sendable, CaseIterable {
        case toServer, toClient
    }

    let client: Int32
    private let server: Int32

    /// Listens in a server's place; `serve` has each connection until it returns.
    static func listen(
        before redis: PrivateRedis, _ serve: @escaping @Sendable (Relay) -> Void
    ) throws -> UnixListener {
        let target = redis.socketPath
        return try UnixListener { client in
            guard let server = UnixListener.connect(to: target) else { return }
            defer { close(server) }
            serve(Relay(client: client, server: server))
        }
    }

    /// Hands over what arrives, until `pass` returns false or one side ends its connection.
    func run(_ pass: (_ direction: Direction, _ bytes: [UInt8]) -> Bool) {
        while true {
            var descriptors = [
                pollfd(fd: client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: server, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&descriptors, 2, -1) > 0 || errno == EINTR else { return }
            if descriptors[1].revents != 0 {
                guard let bytes = UnixListener.receive(from: server), pass(.toClient, bytes) else { return }
            }
            if descriptors[0].revents != 0 {
                guard let bytes = UnixListener.receive(from: client), pass(.toServer, bytes) else { return }
            }
        }
    }

    /// False if the other side is gone.
    func send(_ bytes: some Sequence<UInt8>, _ direction: Direction) -> Bool {
        UnixListener.send(bytes, to: direction == .toServer ? server : client)
    }
}
