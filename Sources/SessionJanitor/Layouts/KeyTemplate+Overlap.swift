extension KeyTemplate {
    /// Whether one key can be of both kinds.
    enum Overlap {
        case never, always
        /// Head and tail allow it, and the patterns of the variables decide; it shows in the keys that there are.
        case undecided
    }

    func overlap(_ other: KeyTemplate) -> Overlap {
        if variables.isEmpty { return other.matchesLiteral(head) ? .always : .never }
        if other.variables.isEmpty { return matchesLiteral(other.head) ? .always : .never }
        // Variables that take any bytes can hold the middle of the other template.
        let heads = zip(head, other.head).allSatisfy(==)
        let tails = zip(tail.reversed(), other.tail.reversed()).allSatisfy(==)
        guard heads, tails else { return .never }
        let hasPatterns = [self, other].map { template in template.patterns.contains { $0 != nil } }
        switch (hasPatterns[0], hasPatterns[1]) {
        case (false, false): return .always
        case (true, false): return other.covers(self) ? .always : .undecided
        case (false, true): return covers(other) ? .always : .undecided
        case (true, true): return source == other.source ? .always : .undecided
        }
    }

    /// Whether there is a key that both templates certainly match.
    public func overlaps(_ other: KeyTemplate) -> Bool {
        if case .always = overlap(other) { true } else { false }
    }

    private func matchesLiteral(_ key: [UInt8]) -> Bool {
        key.withUnsafeBytes(matches)
    }

    /// Whether every key of the other kind is one of this kind, by head and tail alone.
    private func covers(_ other: KeyTemplate) -> Bool {
        variables.count == 1 && other.head.starts(with: head) && other.tail.reversed().starts(with: tail.reversed())
    }
}
