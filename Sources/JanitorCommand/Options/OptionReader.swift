import RedisClient
import SessionJanitor

/// How the text behind an option becomes a value of the ``Options``.
struct OptionReader: Sendable {
    /// What the value is called in `--help`; nil for an option without a value.
    let placeholder: String?
    /// The values that can be named beforehand, for completion.
    let choices: [String]
    /// What the option takes.
    private let expected: Message
    /// Whether the text is a secret that no message may repeat.
    private let isSecret: Bool
    /// Sets what the text says; false if it is not what is expected.
    private let take: @Sendable (_ text: String, _ options: inout Options) -> Bool

    /// `source` is the option or the variable that the text comes from.
    func read(_ text: String, from source: String, into options: inout Options) throws(UsageError) {
        guard !take(text, &options) else { return }
        let value = isSecret ? Message("") : Message(" \(quoted: text)")
        throw UsageError(
            "\(source)\(value) is not valid; it takes \(expected)", zh: "\(source)\(value) 无效；应为\(expected)")
    }

    // MARK: Kinds

    /// `parse` makes a value of the text, or nil.
    static func value<Value>(
        _ placeholder: String?, _ expected: Message, choices: [String] = [], isSecret: Bool = false,
        _ parse: @escaping @Sendable (String) -> Value?, _ set: @escaping @Sendable (inout Options, Value) -> Void
    ) -> OptionReader {
        OptionReader(placeholder: placeholder, choices: choices, expected: expected, isSecret: isSecret) {
            text, options in
            guard let value = parse(text) else { return false }
            set(&options, value)
            return true
        }
    }

    /// An option that is read together with others.
    static func together(_ placeholder: String?, choices: [String] = []) -> OptionReader {
        value(placeholder, Message(""), choices: choices, { _ in () }, { _, _ in })
    }

    /// An option without a value; as a variable it says yes or no.
    static func flag(_ set: @escaping @Sendable (inout Options) -> Void) -> OptionReader {
        let answers = ["1": true, "true": true, "yes": true, "0": false, "false": false, "no": false]
        let expected = Message("1, true, yes, 0, false or no", zh: " 1、true、yes、0、false 或 no")
        return value(nil, expected, { answers[$0.lowercased()] }, { if $1 { set(&$0) } })
    }

    static func text(
        _ placeholder: String, _ expected: Message, _ set: @escaping @Sendable (inout Options, String) -> Void
    ) -> OptionReader {
        value(placeholder, expected, { $0.isEmpty || $0.contains("\0") ? nil : $0 }, set)
    }

    static func file(
        _ placeholder: String = "FILE", _ set: @escaping @Sendable (inout Options, String) -> Void
    ) -> OptionReader {
        text(placeholder, Message("the path of a file", zh: "文件路径"), set)
    }

    /// One of the words of a type.
    static func word<Word: RawRepresentable<String> & CaseIterable & SendableMetatype>(
        _ placeholder: String, _ set: @escaping @Sendable (inout Options, Word) -> Void
    ) -> OptionReader {
        let words = Word.allCases.map(\.rawValue)
        let expected = Message(
            "one of \(words.joined(separator: ", "))", zh: " \(words.joined(separator: "、")) 之一")
        return value(placeholder, expected, choices: words, { Word(rawValue: $0) }, set)
    }

    static func number(
        _ range: ClosedRange<Int>, _ set: @escaping @Sendable (inout Options, Int) -> Void
    ) -> OptionReader {
        let (first, last) = (String(range.lowerBound), String(range.upperBound))
        let expected = Message("a whole number from \(first) to \(last)", zh: " \(first) 到 \(last) 的整数")
        return value("N", expected, { Int(digits: $0).flatMap { range.contains($0) ? $0 : nil } }, set)
    }

    static func duration(
        isPositive: Bool = true, _ set: @escaping @Sendable (inout Options, Duration) -> Void
    ) -> OptionReader {
        let expected = Message(
            "a \(isPositive ? "positive " : "")duration: a number and ms, s, m, h or d, such as 1.5s",
            zh: "\(isPositive ? "大于零的" : "")时长：数字加 ms、s、m、h 或 d，例如 1.5s")
        return value("D", expected, { DurationText.parse($0).flatMap { isPositive && $0 <= .zero ? nil : $0 } }, set)
    }
}

extension SafetyLimits.MaximumRemovals {
    /// `N` or `P%`
    init?(text: String) {
        if text.hasSuffix("%"), let percent = DecimalText.parse(text.dropLast()), percent <= 100 {
            self = .percent(percent)
        } else if let count = Int(digits: text) {
            self = .count(count)
        } else {
            return nil
        }
    }
}

extension TTLAssignment {
    /// `layout` or a duration.
    init?(text: String) {
        if text == "layout" {
            self = .layout
        } else if let duration = DurationText.parse(text), duration > .zero {
            self = .duration(duration)
        } else {
            return nil
        }
    }
}

/// Durations as they are written on a command line: `1s`, `500ms`, `1.5m`, `2h`, `7d`.
enum DurationText {
    private static let units: [(suffix: String, seconds: Double)] = [
        ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400),
    ]
    /// Nobody needs a longer time, and sums of such times would no longer be exact.
    private static let longest = 100.0 * 366 * 86_400

    /// Nil if the text is not a number and a unit; a bare `0` needs no unit.
    static func parse(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        for unit in units where text.hasSuffix(unit.suffix) {
            guard let number = DecimalText.parse(text.dropLast(unit.suffix.count)) else { continue }
            let seconds = number * unit.seconds
            return seconds <= longest ? .seconds(seconds) : nil
        }
        return nil
    }
}

/// Plain decimal numbers, without a sign, an exponent or words such as `inf`.
enum DecimalText {
    static func parse(_ text: Substring) -> Double? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), text.utf8.count <= 20,
            parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
        else { return nil }
        return Double(text)
    }
}

/// The values of `--color` and `--progress`.
enum When: String, CaseIterable, Sendable {
    case auto, always, never

    func resolved(auto: Bool) -> Bool {
        self == .auto ? auto : self == .always
    }
}

/// Where census and survey read.
enum ReadSource: String, CaseIterable, Sendable {
    case primary, replica
}

/// Something is wrong with the command line or the environment: status 2, and nothing was sent to a server.
struct UsageError: Error, Equatable {
    /// What is wrong and what to do, in one line, without a trailing full stop.
    let message: Message

    init(_ english: Words, zh chinese: Words) {
        message = Message(english, zh: chinese)
    }

    init(_ message: Message) {
        self.message = message
    }

    static func contradiction(_ first: String, _ second: String) -> UsageError {
        UsageError(
            "\(first) and \(second) contradict each other; give one of them", zh: "\(first) 与 \(second) 互相矛盾；请只给出其一")
    }
}
