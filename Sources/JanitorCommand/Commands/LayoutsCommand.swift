import RedisClient
import SessionJanitor

/// `layouts`: the built-in layouts as the options that they stand for, or those that a server's keys match.
struct LayoutsCommand {
    let arguments: Arguments
    let environment: [String: String]

    func run() throws(UsageError) -> ExitStatus {
        guard !arguments.has("--detect") else { return try detect() }
        guard arguments.values["--write"] == nil else {
            throw UsageError("--write goes with --detect", zh: "--write 须与 --detect 一起使用")
        }
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

    /// Keeps a layout in a file, with how it was found; false if that fails.
    private func write(
        _ match: LayoutDetection.Candidate?, to path: String, _ output: ReportOutput, _ language: Language
    ) -> Bool {
        guard let match else {
            output.complain(Message("no layout fits, so --write writes none", zh: "没有适用的布局，--write 未写入文件"))
            return false
        }
        let prefix = arguments.values["--prefix"].map { [(name: "--prefix", value: $0)] } ?? []
        let layout = [(name: "--layout", value: match.layout.rawValue)] + prefix
        let reasons =
            match.reasonsFor.map { Message("for: \($0.message)", zh: "支持：\($0.message)") }
            + match.reasonsAgainst.map { Message("against: \($0.message)", zh: "反对：\($0.message)") }
        let text =
            reasons.map { "# \(Printable.text($0[language]))\n" }.joined()
            + LayoutFile.text(layout + match.options.map { (name: $0.name.rawValue, value: $0.value) })
        do throws(FileError) {
            try LayoutFile.write(text, to: path)
            return true
        } catch {
            output.complain(
                Message(
                    "cannot write \(quoted: path): \(error.description)",
                    zh: "无法写入 \(quoted: path)：\(error.description)"))
            return false
        }
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
            if let path = arguments.values["--write"],
                !write(detection.matches.first, to: path, output, options.language)
            {
                return .failed
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
