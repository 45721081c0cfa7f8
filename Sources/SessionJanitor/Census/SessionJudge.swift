import FoundationEssentials

/// Judges the values of sessions: a glance for most, the JSON library for what is old or odd.
struct SessionJudge {
    let policy: RetentionPolicy
    private let fields: SessionDateFields
    private let decoder = JSONDecoder()

    init(policy: RetentionPolicy, fields: SessionDateFields) {
        self.policy = policy
        self.fields = fields
        decoder.userInfo[SessionDates.fieldsKey] = fields
    }

    func verdict(_ value: UnsafeRawBufferPointer) -> SessionVerdict {
        switch SessionGlance.look(at: value, fields: fields, policy: policy) {
        case .live: .live
        case .plain: decoded(value)
        case .odd: oddVerdict(value)
        }
    }

    private func oddVerdict(_ value: UnsafeRawBufferPointer) -> SessionVerdict {
        guard isWellFormed(value) else { return .unreadable }
        let outline = ObjectOutline(value)
        if outline.hasTrailingComma || outline.hasBrokenScalar { return .unreadable }
        let isAmbiguous = outline.repeats(fields.created) || outline.repeats(fields.expiry)
        return isAmbiguous ? .undated : decoded(value)
    }

    private func decoded(_ value: UnsafeRawBufferPointer) -> SessionVerdict {
        guard let dates = try? decoder.decode(SessionDates.self, from: Data(value)) else { return .unreadable }
        return policy.verdict(created: dates.created, expiry: dates.expiry)
    }

    /// JSONDecoder looks only at what it is asked for; asking for all of it finds what is broken elsewhere.
    private func isWellFormed(_ value: UnsafeRawBufferPointer) -> Bool {
        (try? decoder.decode([String: JSONValue].self, from: Data(value))) != nil
    }
}

/// The dates of a session; one that is not a number is as good as missing.
private struct SessionDates: Decodable {
    var created: Double?
    var expiry: Double?

    static let fieldsKey = CodingUserInfoKey(rawValue: "fields")!

    init(from decoder: any Decoder) throws {
        guard let fields = decoder.userInfo[SessionDates.fieldsKey] as? SessionDateFields else { return }
        let container = try decoder.container(keyedBy: FieldKey.self)
        created = try? container.decode(Double.self, forKey: FieldKey(stringValue: fields.created))
        expiry = try? container.decode(Double.self, forKey: FieldKey(stringValue: fields.expiry))
    }
}

/// Any JSON value, decoded to see that it can be.
private enum JSONValue: Decodable {
    case read

    init(from decoder: any Decoder) throws {
        if let object = try? decoder.container(keyedBy: FieldKey.self) {
            for key in object.allKeys { _ = try object.decode(JSONValue.self, forKey: key) }
        } else if var array = try? decoder.unkeyedContainer() {
            while !array.isAtEnd { _ = try array.decode(JSONValue.self) }
        } else {
            let single = try decoder.singleValueContainer()
            if !single.decodeNil(), (try? single.decode(Bool.self)) == nil, (try? single.decode(Double.self)) == nil {
                _ = try single.decode(String.self)
            }
        }
        self = .read
    }
}

private struct FieldKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
