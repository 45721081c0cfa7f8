/// What the variables of a template take in some bytes; does not outlive them.
struct TemplateValues {
    let bytes: UnsafeRawBufferPointer
    let ranges: [Range<Int>]

    init(_ bytes: UnsafeRawBufferPointer, _ ranges: [Range<Int>]) {
        self.bytes = bytes
        self.ranges = ranges
    }

    /// Of what has no variables.
    static var none: TemplateValues { TemplateValues(UnsafeRawBufferPointer(start: nil, count: 0), []) }

    @inline(__always)
    subscript(variable: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[ranges[variable]])
    }
}

extension KeyTemplate {
    /// Whether the key is of this kind; `ranges` is then where the value of each variable stands in it.
    ///
    /// Where several divisions are possible, the first variables take as little as they can.
    func match(_ key: UnsafeRawBufferPointer, into ranges: inout [Range<Int>]) -> Bool {
        ranges.removeAll(keepingCapacity: true)
        guard let middle = variable(in: key) else { return false }
        switch variables.count {
        case 0: return middle.isEmpty
        case 1:
            guard patterns[0]?.matches(middle) ?? true else { return false }
            ranges.append(head.count..<key.count - tail.count)
            return true
        default:
            var division = KeyDivision(self, key)
            return division.divide(0, from: head.count, into: &ranges)
        }
    }

    /// Whether the key is of this kind.
    func matches(_ key: UnsafeRawBufferPointer) -> Bool {
        var ranges: [Range<Int>] = []
        return match(key, into: &ranges)
    }
}

/// Divides the bytes between a template's head and tail among its variables.
///
/// Tries the ends of a variable in their order, and goes back where the rest does not fit. From the state in which it has
/// come to a byte alone follows what is possible from there: once it had to go back often, it remembers those that led
/// nowhere and takes none of them twice. So its time grows with the length of the key, whatever stands in it. Only where
/// Swift's regular expressions decide, it gives up after ``expressionSteps``.
private struct KeyDivision {
    private let template: KeyTemplate
    private let bytes: UnsafeRawBufferPointer
    /// Where the tail begins.
    private let limit: Int
    private var failures = 0
    /// A bit for each state at each byte; empty until it is needed.
    private var visited: [UInt64] = []
    private var expressionSteps: Int

    private static let failuresToRemember = 4

    init(_ template: KeyTemplate, _ key: UnsafeRawBufferPointer) {
        self.template = template
        bytes = key
        limit = key.count - template.tail.count
        expressionSteps = 200_000 + 8 * key.count
    }

    /// Divides what begins at `start` among the variables from this one on.
    mutating func divide(_ variable: Int, from start: Int, into ranges: inout [Range<Int>]) -> Bool {
        let firstState = template.states[variable]
        let isLast = variable == template.variables.count - 1
        let pattern = template.patterns[variable]
        if isLast, pattern == nil {
            ranges.append(start..<limit)
            return true
        }
        guard visit(firstState, start) else { return false }
        let literal = isLast ? [] : template.literals[variable + 1]
        let nextTakesAnything = !isLast && template.patterns[variable + 1] == nil
        var run = pattern?.bytePattern.map { BytePattern.Run($0) }
        var end = start
        while true {
            let isEnd = isLast ? end == limit : end + literal.count <= limit
            if isEnd, KeyTemplate.stands(literal, in: bytes, at: end),
                run?.isComplete ?? pattern.map({ matchesExpression($0, start..<end) }) ?? true
            {
                ranges.append(start..<end)
                if isLast || divide(variable + 1, from: end + literal.count, into: &ranges) { return true }
                ranges.removeLast()
                // A later end would leave less to one that takes anything.
                if nextTakesAnything { return false }
                noteFailure()
            }
            guard end < limit else { return false }
            if run?.take(bytes[end]) == false {
                // Beyond ASCII a regular expression decides.
                guard bytes[end] >= 0x80, pattern?.bytePattern?.takesOthers == true else { return false }
                run = nil
            }
            end += 1
            if let run {
                if run.isUnbounded, !visit(firstState + 1 + run.item, end) { return false }
            } else if pattern == nil {
                guard visit(firstState, end) else { return false }
            } else {
                guard end - start <= VariablePattern.expressionLimit, expressionSteps > 0 else { return false }
            }
        }
    }

    private mutating func matchesExpression(_ pattern: VariablePattern, _ range: Range<Int>) -> Bool {
        expressionSteps -= range.count * range.count
        return pattern.matchesExpression(UnsafeRawBufferPointer(rebasing: bytes[range]))
    }

    private mutating func noteFailure() {
        failures += 1
        guard failures == KeyDivision.failuresToRemember else { return }
        let bits = template.states[template.variables.count] * (bytes.count + 1)
        visited = [UInt64](repeating: 0, count: bits / 64 + 1)
    }

    /// Whether this state comes to this byte for the first time.
    @inline(__always)
    private mutating func visit(_ state: Int, _ position: Int) -> Bool {
        guard !visited.isEmpty else { return true }
        let place = state * (bytes.count + 1) + position
        let bit: UInt64 = 1 << UInt64(place & 63)
        defer { visited[place >> 6] |= bit }
        return visited[place >> 6] & bit == 0
    }
}
