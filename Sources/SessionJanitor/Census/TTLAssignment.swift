/// The TTL that a key without any gets.
public enum TTLAssignment: Equatable, Sendable {
    /// What the layout says of each of its templates; a template of which it says nothing stays as it is.
    case layout
    case duration(Duration)

    /// What a key gets of whose template the layout says `own`.
    func ttl(_ own: Duration?) -> Duration? {
        if case .duration(let duration) = self { duration } else { own }
    }
}
