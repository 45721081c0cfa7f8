/// What one run of the janitor left behind.
public struct JanitorResult: Sendable {
    public let status: ChildProcess.Ending
    public let output: String
    public let error: String
    /// Whether both are UTF-8; bytes that are not stand as U+FFFD in the texts.
    public let isText: Bool

    /// The lines of standard error.
    public var errorLines: [String] {
        error.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
    }
}
