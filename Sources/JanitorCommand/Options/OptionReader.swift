import RedisClient
import SessionJanitor

/// How the text behind an option becomes a value of the ``Options``.
struct OptionReader: Sendable {
    /// What the value is called in `--help`; nil for an option without a value.
    let placeholder: String?
    /// The values that can be named beforehand, for completion.
    var choices: [String] = []
    /// Whether the text is a secret, which no message may repeat.
    var isSecret = false
    /// What the option takes.
    private let expected: Message
    /// Sets what the text says; false if it says nothing that is expected.
    private let take: @Sendable (_ text: String, _ options: inout Options) -> Bool

    private init(
        _ placeholder: String?, _ expected: Message,
        _ take: @escaping @Sendable (_ text: String, _ options: inout Options) -> Bool
    ) {
        self.placeholder = placeholder
        self.expected = expected
        self.take = take
    }

    /// `source` is the option or the variable that the text comes from.
    func read(_ text: String, from source: String, into options: inout Options) throws(UsageError) {
        guard !take(text, &options) else { return }
        let value = isSecret ? Message("") : Message(" \(quoted: text)")
        throw UsageError(
            "\(source)\(value) is not valid; it takes \(expected)", zh: "\(source)\(value) 无效；应为\(expected)")
    }

    // MARK: Kinds

    /// An option without a value; as a variable it says yes or no.
    static func flag(_ set: @escaping @Sendable (inout Options) -> Void) -> OptionReader {
        OptionReader(nil, Message("1, true, yes, 0, false or no", zh: " 1、true、yes、0、false 或 no")) { text, options in
            switch text.lowercased() {
            case "1", "true", "yes": set(&options)
            case "0", "false", "no": break
            default: return false
            }
            return true
        }
    }

    /// What is not read by itself: it says something together with others.
    static func together(_ placeholder: String?, choices: [String] = []) -> OptionReader {
        var reader = OptionReader(placeholder, Message("")) { _, _ in true }
        reader.choices = choices
        return reader
    }

    static func text(
        _ placeholder: String, _ expected: Message, _ set: @escaping @Sendable (inout Options, String) -> Void
    ) -> OptionReader {
        OptionReader(placeholder, expected) { text, options in
            guard !text.isEmpty, !text.contains("\0") else { return false }
            set(&options, text)
            return true
        }
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
        let list = { (last: String) in words.dropLast().joined(separator: ", ") + last + (words.last ?? "") }
        var reader = OptionReader(placeholder, Message("\(list(" or "))", zh: " \(list(" 或 "))")) { text, options in
            guard let word = Word(rawValue: text) else { return false }
            set(&options, word)
            return true
        }
        reader.choices = words
        return reader
    }

    static func number(
        _ range: ClosedRange<Int>, _ set: @escaping @Sendable (inout Options, Int) -> Void
    ) -> OptionReader {
        let (first, last) = (String(range.lowerBound), String(range.upperBound))
        let expected = Message("a whole number from \(first) to \(last)", zh: " \(first) 到 \(last) 的整数")
        return OptionReader("N", expected) { text, options in
            guard let number = Int(digits: text), range.contains(number) else { return false }
            set(&options, number)
            return true
        }
    }

    static func duration(
        isPositive: Bool = true, _ set: @escaping @Sendable (inout Options, Duration) -> Void
    ) -> OptionReader {
        let expected = Message(
            "a \(isPositive ? "positive " : "")duration: a number and ms, s, m, h or d, such as 1.5s",
            zh: "\(isPositive ? "大于零的" : "")时长：数字加 ms、s、m、h 或 d，例如 1.5s")
        return OptionReader("D", expected) { text, options in
            guard let duration = DurationText.parse(text), !isPositive || duration > .zero else { return false }
            set(&options, duration)
            return true
        }
    }

    /// `N` or `P%`.
    static let maximumRemovals = OptionReader(
        "N|P%", Message("a whole number, or a percentage such as 10%", zh: "整数，或百分比，例如 10%")
    ) { text, options in
        if text.hasSuffix("%"), let percent = DecimalText.parse(text.dropLast()), percent <= 100 {
            options.cleanup.limits.maximumRemovals = .percent(percent)
        } else if let count = Int(digits: text) {
            options.cleanup.limits.maximumRemovals = .count(count)
        } else {
            return false
        }
        return true
    }

    static let niceRatio = OptionReader(
        "R", Message("a number from 0 to 1000, such as 0.5", zh: " 0 到 1000 的数字，例如 0.5")
    ) { text, options in
        guard let ratio = DecimalText.parse(text[...]), ratio <= 1_000 else { return false }
        options.cleanup.niceRatio = ratio
        return true
    }

    static let missingTTL = OptionReader(
        "D|layout", Message("layout, or a positive duration such as 24h", zh: " layout，或大于零的时长，例如 24h")
    ) { text, options in
        if text == "layout" {
            options.cleanup.missingTTL = .layout
        } else if let duration = DurationText.parse(text), duration > .zero {
            options.cleanup.missingTTL = .duration(duration)
        } else {
            return false
        }
        return true
    }

    static let pingURL: OptionReader = {
        let expected = Message("a URL that begins with https:// or http://", zh: "以 https:// 或 http:// 开头的 URL")
        var reader = OptionReader("URL", expected) { text, options in
            let isWeb = text.hasPrefix("https://") || text.hasPrefix("http://")
            guard isWeb, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x5c }) else {
                return false
            }
            options.pingURL = text.hasSuffix("/") ? String(text.dropLast()) : text
            return true
        }
        reader.isSecret = true
        return reader
    }()
}

/// Durations as they are written on a command line: `1s`, `500ms`, `1.5m`, `2h`, `7d`.
enum DurationText {
    private static let units: [(suffix: String, seconds: Double)] = [
        ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400),
    ]
    /// Beyond this nobody means it, and sums of such times would no longer be exact.
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
        switch self {
        case .auto: auto
        case .always: true
        case .never: false
        }
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
}
