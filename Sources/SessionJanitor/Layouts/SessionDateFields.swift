/// The fields of a session's JSON object that hold its dates, as epoch seconds.
public struct SessionDateFields: Equatable, Sendable {
    /// When the session was created.
    public let created: String
    /// When the session ends.
    public let expiry: String
}

extension Layout {
    /// The fields of the common case, a flat object with creation and expiry in seconds that both count; nil if the
    /// layout's dates are others.
    var flatDates: SessionDateFields? {
        func name(_ clock: SessionDate) -> String? {
            let fields = dates.filter { $0.clock == clock }
            guard fields.count == 1, fields[0].format == .seconds, fields[0].addend == nil,
                case .json(let path) = fields[0].source, path.count == 1
            else { return nil }
            return path[0]
        }
        guard dates.count == 2, Set(expiresBy) == [.created, .expiry], let created = name(.created),
            let expiry = name(.expiry)
        else { return nil }
        return SessionDateFields(created: created, expiry: expiry)
    }
}
