import Glibc

/// What went wrong with the scenery of a test, as opposed to the thing tested.
public struct SupportError: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }

    /// The system's word for the error that has just occurred is put behind `action`.
    static func system(_ action: String, _ code: Int32) -> SupportError {
        SupportError("\(action): \(String(cString: strerror(code)))")
    }
}
