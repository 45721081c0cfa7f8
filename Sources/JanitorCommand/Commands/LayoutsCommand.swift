import RedisClient
import SessionJanitor

/// `layouts`: the built-in layouts as the options that they stand for, or those that a server's keys match.
struct LayoutsCommand {
    let arguments: Arguments
    let environment: [String: String]

    func run() throws(UsageError) -> ExitStatus {
        guard !arguments.has("--detect") else { return try detect() }
        var language = Language(environment: environment)
        if let name = arguments.values["--lang"] {
            language = try Arguments.named(name, Message("language", zh: "语言"))
        }
        let layouts = arguments.operand.flatMap(BuiltInLayout.init).map { [$0] } ?? BuiltInLayout.allCases
        let text = layouts.map { LayoutsCommand.text($0, language) }.joined(separator: "\n")
        return StandardStream.output.write(text) == nil ? .done : .failed
    }

    /// A layout's name, description, and its options as they stand in a shell.
    static func text(_ layout: BuiltInLayout, _ language: Language) -> String {
        var lines = [layout.rawValue]
        lines += WrappedText.lines(layout.message[language], first: "    ", others: "    ")
        var options = layout.options.map { "\($0.name.rawValue) \(Printable.shellWord($0.value))" }
        if layout != .custom { options.insert("--layout custom --prefix \(Printable.shellWord(layout.prefix))", at: 0) }
        lines += options.map { "    " + $0 }
        return lines.joined(separator: "\n") + "\n"
    }

    private func detect() throws(UsageError) -> ExitStatus {
        var options = try Options(arguments, environment: environment)
        try options.prepareAccess()
        let output = ReportOutput(options: options, environment: environment)
        do throws(RedisError) {
            let detector = LayoutDetector(try options.connect(.readOnly), prefix: arguments.values["--prefix"]) {
                Interruption.signal != nil
            }
            guard let detection = try detector.run() else {
                return Interruption.signal.map { ExitStatus(signal: $0) } ?? .failed
            }
            let report = DetectionReport(detection: detection, language: options.language)
            let text = options.isJSON ? (try? report.json()) ?? "{}\n" : report.text()
            return StandardStream.output.write(text) == nil ? .done : .failed
        } catch {
            output.complain(CleanupError.redis(error).message(options))
            return .failed
        }
    }
}
