import RedisClient
import SessionJanitor

/// Turns the texts of options and variables into values, or says what is wrong with them.
struct OptionReader {
    let arguments: Arguments
    let environment: [String: String]

    /// A variable's value; one that is empty counts as not set.
    func variable(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    // MARK: Connection

    func endpoint() throws(UsageError) -> Endpoint {
        var endpoint = try plainEndpoint()
        try TLSOptions.apply(arguments, to: &endpoint)
        if case .sentinel(var service) = endpoint.address {
            if service.username == nil { service.username = variable("SENTINEL_USERNAME") }
            if service.password == nil { service.password = variable("SENTINEL_PASSWORD") }
            endpoint.address = .sentinel(service)
        }
        return endpoint
    }

    func replicaEndpoint() throws(UsageError) -> Endpoint? {
        guard let url = arguments.values[.replicaURL] else { return nil }
        var endpoint = try endpoint(url: url, source: "--replica-url")
        // The TLS options are the primary's; they are no mistake where only that speaks it.
        if endpoint.tls != nil { try TLSOptions.apply(arguments, to: &endpoint) }
        return endpoint
    }

    func readSource() throws(UsageError) -> ReadSource? {
        guard let text = arguments.values[.readFrom] else { return nil }
        guard let source = ReadSource(rawValue: text) else {
            throw invalid(.readFrom, text, Message("primary or replica", zh: "primary 或 replica"))
        }
        return source
    }

    func passwordSource(_ endpoint: Endpoint) throws(UsageError) -> PasswordSource? {
        let isURL = arguments.values[.url] != nil || variable("REDIS_URL") != nil || variable("REDIS_URI") != nil
        return try PasswordSource.chosen(arguments, variable: variable, endpoint: endpoint, isEndpointURL: isURL)
    }

    private func plainEndpoint() throws(UsageError) -> Endpoint {
        if let url = arguments.values[.url] { return try endpoint(url: url, source: "--url") }
        for name in ["REDIS_URL", "REDIS_URI"] {
            if let url = variable(name) { return try endpoint(url: url, source: name) }
        }
        guard let host = variable("REDIS_HOST") else {
            throw UsageError(
                "no server is given: set REDIS_URL (such as redis://localhost:6379/0) or REDIS_HOST, or use --url",
                zh: "没有指定服务器：请设置 REDIS_URL（例如 redis://localhost:6379/0）或 REDIS_HOST，或使用 --url")
        }
        do throws(EndpointError) {
            return try Endpoint(
                host: host, port: variable("REDIS_PORT"), database: variable("REDIS_DB"),
                username: variable("REDIS_USERNAME"), password: variable("REDIS_PASSWORD"))
        } catch {
            let name =
                switch error {
                case .invalidPort: "REDIS_PORT"
                case .invalidDatabase: "REDIS_DB"
                default: "REDIS_HOST"
                }
            throw UsageError(EndpointMessage.message(error, from: name))
        }
    }

    private func endpoint(url: String, source: String) throws(UsageError) -> Endpoint {
        do throws(EndpointError) {
            return try Endpoint(url: url)
        } catch {
            throw UsageError(EndpointMessage.message(error, from: source))
        }
    }

    // MARK: Layout

    func layout() throws(UsageError) -> Layout {
        let builtIn = try arguments.values[.layout].map(Arguments.layout) ?? .appauth
        do throws(KeyTemplateError) {
            return try Layout(
                builtIn, prefix: arguments.values[.prefix] ?? variable("REDIS_PREFIX"),
                options: arguments.layoutOptions)
        } catch {
            throw UsageError(LayoutMessage.message(error))
        }
    }

    func missingTTL(_ layout: Layout) throws(UsageError) -> TTLAssignment? {
        guard arguments.values[.setMissingTTL] != nil else { return nil }
        if arguments.values[.setMissingTTL] == "layout" {
            guard layout.hasTTLs else {
                throw UsageError(
                    "--set-missing-ttl layout: the layout \(layout.name) says no TTL; give a duration, such as "
                        + "--set-missing-ttl 24h, or --ttl after --session-key or --presence-key",
                    zh: "--set-missing-ttl layout：布局 \(layout.name) 未指定 TTL；请给出时长，例如 --set-missing-ttl 24h，"
                        + "或在 --session-key 或 --presence-key 之后使用 --ttl")
            }
            return .layout
        }
        return .duration(try duration(.setMissingTTL, default: .zero, isPositive: true))
    }

    func maximumIdle() throws(UsageError) -> Duration? {
        guard arguments.values[.maxIdle] != nil else { return nil }
        return try duration(.maxIdle, default: .zero, isPositive: true)
    }

    // MARK: Values

    func duration(
        _ option: OptionName, default fallback: Duration, isPositive: Bool = false
    ) throws(UsageError) -> Duration {
        guard let text = arguments.values[option] else { return fallback }
        guard let duration = DurationText.parse(text), !isPositive || duration > .zero else {
            throw invalid(
                option, text,
                Message(
                    "a \(isPositive ? "positive " : "")duration: a number and ms, s, m, h or d, such as 1.5s",
                    zh: "\(isPositive ? "大于零的" : "")时长：数字加 ms、s、m、h 或 d，例如 1.5s"))
        }
        return duration
    }

    func wholeNumber(_ option: OptionName, default fallback: Int, atMost limit: Int) throws(UsageError) -> Int {
        guard let text = arguments.values[option] else { return fallback }
        guard let number = Int(digits: text), number <= limit else {
            throw invalid(option, text, Message("a whole number from 0 to \(limit)", zh: "0 到 \(limit) 的整数"))
        }
        return number
    }

    func maximumAgeDays() throws(UsageError) -> Int {
        let limit = 1_000_000_000
        if arguments.values[.maxAgeDays] == nil, let text = scheduledVariable("CLEANUP_MAX_AGE_DAYS") {
            guard let days = Int(digits: text), days <= limit else {
                throw UsageError(
                    "CLEANUP_MAX_AGE_DAYS \(Printable.quoted(text)) is not valid; it takes a whole number of days",
                    zh: "CLEANUP_MAX_AGE_DAYS \(Printable.quoted(text)) 无效；应为整数天数")
            }
            return days
        }
        return try wholeNumber(.maxAgeDays, default: 30, atMost: limit)
    }

    func includesExpired() throws(UsageError) -> Bool {
        if arguments.has(.includeExpired) { return true }
        guard let text = scheduledVariable("CLEANUP_INCLUDE_EXPIRED") else { return false }
        switch text.lowercased() {
        case "1", "true", "yes": return true
        case "0", "false", "no": return false
        default:
            throw UsageError(
                "CLEANUP_INCLUDE_EXPIRED \(Printable.quoted(text)) is not valid; it takes 1, true, yes, 0, false or no",
                zh: "CLEANUP_INCLUDE_EXPIRED \(Printable.quoted(text)) 无效；应为 1、true、yes、0、false 或 no")
        }
    }

    /// A variable that `scheduled` alone reads: left in a shell, it must not turn a manual check into a purge.
    private func scheduledVariable(_ name: String) -> String? {
        arguments.command == .scheduled ? variable(name) : nil
    }

    func runTime() throws(UsageError) -> Duration? {
        arguments.values[.runTime] == nil ? nil : try duration(.runTime, default: .zero, isPositive: true)
    }

    func backupFolder() throws(UsageError) -> (path: String?, kept: Int?) {
        let path = try path(.backupDir)
        if path != nil, arguments.values[.backup] != nil {
            throw UsageError("--backup and --backup-dir contradict each other", zh: "--backup 与 --backup-dir 互相矛盾")
        }
        guard arguments.values[.backupKeep] != nil else { return (path, nil) }
        guard path != nil else {
            throw UsageError("--backup-keep goes with --backup-dir", zh: "--backup-keep 须与 --backup-dir 一起使用")
        }
        let kept = try wholeNumber(.backupKeep, default: 0, atMost: 1_000_000)
        guard kept > 0 else {
            throw UsageError("--backup-keep 0 would keep no backup at all", zh: "--backup-keep 0 将不保留任何备份")
        }
        return (path, kept)
    }

    func logFile() throws(UsageError) -> String? {
        try path(.logFile) ?? scheduledVariable("CLEANUP_LOG_FILE")
    }

    func path(_ option: OptionName) throws(UsageError) -> String? {
        guard let path = arguments.values[option] else { return nil }
        guard !path.isEmpty else { throw invalid(option, path, Message("the path of a file", zh: "文件路径")) }
        return path
    }

    func channel() throws(UsageError) -> String? {
        guard let name = arguments.values[.publish] else { return nil }
        guard !name.isEmpty else { throw invalid(.publish, name, Message("the name of a channel", zh: "频道名称")) }
        return name
    }

    func pingURL() throws(UsageError) -> String? {
        guard let url = arguments.values[.pingURL] else { return nil }
        let isWeb = url.hasPrefix("https://") || url.hasPrefix("http://")
        guard isWeb, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x5c }) else {
            throw UsageError(
                "--ping-url takes a URL that begins with https:// or http://",
                zh: "--ping-url 应为以 https:// 或 http:// 开头的 URL")
        }
        return url.hasSuffix("/") ? String(url.dropLast()) : url
    }

    func niceRatio() throws(UsageError) -> Double {
        guard let text = arguments.values[.niceRatio] else { return 0 }
        guard let ratio = DecimalText.parse(text[...]), ratio <= 1_000 else {
            throw invalid(.niceRatio, text, Message("a number from 0 to 1000, such as 0.5", zh: "0 到 1000 的数字，例如 0.5"))
        }
        return ratio
    }

    func maximumRemovals() throws(UsageError) -> SafetyLimits.MaximumRemovals? {
        guard let text = arguments.values[.maxRemovals] else { return nil }
        if text.hasSuffix("%"), let percent = DecimalText.parse(text.dropLast()), percent <= 100 {
            return .percent(percent)
        }
        if let count = Int(digits: text) { return .count(count) }
        throw invalid(.maxRemovals, text, Message("a whole number, or a percentage such as 10%", zh: "整数，或百分比，例如 10%"))
    }

    func when(_ option: OptionName) throws(UsageError) -> When {
        guard let text = arguments.values[option] else { return .auto }
        guard let when = When(rawValue: text) else {
            throw invalid(option, text, Message("auto, always or never", zh: "auto、always 或 never"))
        }
        return when
    }

    func language() throws(UsageError) -> Language {
        guard let text = arguments.values[.lang] else { return Language(environment: environment) }
        guard let language = Language(rawValue: text) else {
            throw invalid(.lang, text, Message("en or zh", zh: "en 或 zh"))
        }
        return language
    }

    private func invalid(_ option: OptionName, _ text: String, _ expected: Message) -> UsageError {
        UsageError(
            "\(option.rawValue) \(Printable.quoted(text)) is not valid; it takes \(expected.english)",
            zh: "\(option.rawValue) \(Printable.quoted(text)) 无效；应为\(expected.chinese)")
    }
}
