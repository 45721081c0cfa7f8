/// The languages of reports, prompts and messages; JSON, metrics and the log are the same in all.
enum Language: String, CaseIterable, Sendable {
    case english = "en"
    case chinese = "zh"

    /// The first of LC_ALL, LC_MESSAGES and LANG that is set decides.
    init(environment: [String: String]) {
        let name = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        self =
            name == "zh" || name.hasPrefix("zh_") || name.hasPrefix("zh-") || name.hasPrefix("zh.")
            ? .chinese : .english
    }

    /// For what is said before the command line is understood.
    init(words: [String], environment: [String: String]) {
        self.init(environment: environment)
        for (index, word) in words.enumerated() {
            let value =
                word.hasPrefix("--lang=")
                ? String(word.dropFirst(7)) : word == "--lang" && index + 1 < words.count ? words[index + 1] : ""
            self = Language(rawValue: value) ?? self
        }
    }
}
