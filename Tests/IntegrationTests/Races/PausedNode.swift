import TestSupport

/// A primary that holds writes back for a moment: long enough for what matters to happen between two steps of a run.
struct PausedNode {
    let node: TestClient
    let limit: Duration

    /// What `body` did counts only if the node held back writes, and was the one to hold them back, all the time; else
    /// there is nothing.
    func run<Item>(_ body: () throws -> [Item]) throws -> [Item] {
        let start = ContinuousClock.now
        try node.call("CLIENT", "PAUSE", Bytes(Int(limit / .milliseconds(1))), "WRITE")
        let items = try body()
        let isPrimary = try node.call("ROLE").elements[0].text == "master"
        let isInTime = ContinuousClock.now - start < limit
        try node.call("CLIENT", "UNPAUSE")
        return isPrimary && isInTime ? items : []
    }

    /// Waits until a run's last command on a node is this one; a run comes by TCP, the tests do not.
    static func awaitCommand(
        _ command: String, on node: TestClient, within limit: Duration, blocked: Bool = false
    ) throws -> Bool {
        let deadline = Deadline(in: limit)
        while !deadline.hasPassed {
            let clients = try node.call("CLIENT", "LIST").text?.split(separator: "\n") ?? []
            let isThere = clients.contains {
                $0.contains(" addr=127.0.0.1:") && $0.contains(" cmd=\(command) ")
                    && (!blocked || $0.contains(" flags=b "))
            }
            if isThere { return true }
        }
        return false
    }
}
