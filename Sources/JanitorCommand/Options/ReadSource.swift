/// Where census and survey read.
enum ReadSource: String, CaseIterable, Sendable {
    case primary, replica
}
