/// What a connection may be used for.
public enum AccessMode: Sendable {
    /// Only commands that ``RedisCommand/isAllowedWhenReadOnly`` names; every other one is refused unsent.
    case readOnly
    case readWrite

    func permits(_ command: RedisCommand) -> Bool {
        self == .readWrite || command.isAllowedWhenReadOnly
    }
}
