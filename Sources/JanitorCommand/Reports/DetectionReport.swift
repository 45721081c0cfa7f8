import SessionJanitor

/// Says which layouts a server's keys have, and what speaks for and against them.
struct DetectionReport {
    let detection: LayoutDetection
    let language: Language

    func text() -> String {
        guard detection.keys > 0 else {
            return Message(
                "the database is empty: there is no key to look at\n", zh: "数据库是空的：没有可查看的键\n")[language]
        }
        let keys = detection.keys
        var lines: [String] = []
        if detection.matches.isEmpty {
            let none = Message(
                "none of the built-in layouts matches the \(keys, "key") that \(was: keys) looked at:",
                zh: "所查看的 \(keys) 个键不符合任何内置布局：")
            let shapes = Message(
                "  the most common keys; --session-key and --index-key say which are yours:",
                zh: "  最常见的键；可用 --session-key 和 --index-key 说明哪些是会话键和用户会话键：")
            lines.append(none[language])
            for other in detection.others {
                let name = other.layout.rawValue
                lines += candidate(other, Message("not \(name)", zh: "不是 \(name)"))
            }
            lines.append(shapes[language])
            lines += detection.shapes.map {
                "      \(NumberText.grouped($0.count)) \(Printable.text($0.shape)) (\($0.type ?? "?"))"
            }
        } else {
            let found = Message(
                "of \(keys, "key") that \(was: keys) looked at:", zh: "所查看的 \(keys) 个键中：")
            lines.append(found[language])
            lines += detection.matches.flatMap { candidate($0, Message("--layout \($0.layout.rawValue)")) }
        }
        if detection.hidden > 0 {
            let note = Message(
                "the right to look at \(detection.hidden, "key") is missing (ACL: +type, and the keys' names); they count by "
                    + "name alone",
                zh: "无权查看 \(detection.hidden) 个键（ACL：+type 及键名权限）；仅按名称计数")
            lines += WrappedText.lines(note[language], first: "  ", others: "  ")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func candidate(_ candidate: LayoutDetection.Candidate, _ title: Message) -> [String] {
        var lines = ["  " + title[language]]
        lines += candidate.options.map { "    \($0.name.rawValue) \(Printable.shellWord($0.value))" }
        lines += candidate.counts.map {
            "      " + Printable.text("\(NumberText.grouped($0.count + $0.ofOtherTypes)) \($0.template)")
        }
        let reasons =
            candidate.reasonsFor.map { Message("for: \($0.message)", zh: "支持：\($0.message)") }
            + candidate.reasonsAgainst.map { Message("against: \($0.message)", zh: "反对：\($0.message)") }
        return lines + reasons.flatMap { WrappedText.lines($0[language], first: "      ", others: "        ") }
    }

    /// The same for programs, always in English.
    func json() throws -> String {
        try JSONText.of(DetectionJSON(detection))
    }
}

private struct DetectionJSON: Encodable {
    struct Count: Encodable {
        let template: String
        let count: Int
        let otherTypes: [String: Int]
    }

    struct Candidate: Encodable {
        let layout: String
        let options: [String]
        let counts: [Count]
        let entriesNamingASession: [String: Int]?
        let pointersNamingASession: [String: Int]?
        let sessionsWithADate: [String: Int]?
        let `for`: [String]
        let against: [String]

        init(_ candidate: LayoutDetection.Candidate) {
            let evidence = candidate.evidence
            layout = candidate.layout.rawValue
            options = candidate.options.map { "\($0.name.rawValue)=\($0.value)" }
            counts = candidate.counts.map { Count(template: $0.template, count: $0.count, otherTypes: $0.otherTypes) }
            entriesNamingASession = Candidate.look(evidence.members)
            pointersNamingASession = Candidate.look(evidence.pointers)
            sessionsWithADate = Candidate.look(evidence.values)
            `for` = candidate.reasonsFor.map { $0.message.english }
            against = candidate.reasonsAgainst.map { $0.message.english }
        }

        private static func look(_ look: LayoutEvidence.Look) -> [String: Int]? {
            look.looked > 0 ? ["looked_at": look.looked, "good": look.good] : nil
        }
    }

    struct Shape: Encodable {
        let shape: String
        let type: String?
        let count: Int
    }

    let keys: Int
    let hiddenKeys: Int
    let matches: [Candidate]
    let others: [Candidate]
    let shapes: [Shape]

    init(_ detection: LayoutDetection) {
        keys = detection.keys
        hiddenKeys = detection.hidden
        matches = detection.matches.map(Candidate.init)
        others = detection.others.map(Candidate.init)
        shapes = detection.shapes.map { Shape(shape: $0.shape, type: $0.type, count: $0.count) }
    }
}
