/// Judges the values of sessions of the common case: JSON objects with creation and expiry in seconds.
struct SessionJudge {
    let policy: RetentionPolicy
    private let scanner: JSONScanner

    init(policy: RetentionPolicy, fields: SessionDateFields) {
        self.policy = policy
        scanner = JSONScanner([[fields.created], [fields.expiry]])
    }

    func verdict(_ value: UnsafeRawBufferPointer) -> SessionVerdict {
        guard scanner.scan(value) else { return .unreadable }
        if scanner.hasRepetition { return .undated }
        return policy.verdict(created: number(0), expiry: number(1))
    }

    /// A date that is not a number is as good as missing.
    private func number(_ path: Int) -> Double? {
        if case .number(let number) = scanner[path] { number } else { nil }
    }
}
