import SessionJanitor

/// Says which layouts a server's keys have, and what speaks for and against them.
enum DetectionMessage {
    static func text(_ detection: LayoutDetection, _ language: Language) -> String {
        let keys = NumberText.counted(detection.keys, "key")
        let number = NumberText.grouped(detection.keys)
        guard detection.keys > 0 else {
            return Message(
                "the database is empty: there is no key to look at\n", zh: "数据库是空的：没有可查看的键\n")[language]
        }
        var lines: [String] = []
        if detection.matches.isEmpty {
            lines.append(
                Message(
                    "none of the built-in layouts matches the \(keys) that were looked at:",
                    zh: "所查看的 \(number) 个键不符合任何内置布局：")[language])
            for other in detection.others {
                lines += candidate(
                    other, Message("not \(other.layout.rawValue)", zh: "不是 \(other.layout.rawValue)"), language)
            }
            lines += shapes(detection.shapes, language)
        } else {
            lines.append(Message("of \(keys) that were looked at:", zh: "所查看的 \(number) 个键中：")[language])
            for match in detection.matches {
                let name = "--layout \(match.layout.rawValue)"
                lines += candidate(match, Message(name, zh: name), language)
            }
        }
        if detection.hidden > 0 {
            let hidden = NumberText.counted(detection.hidden, "key")
            let note = Message(
                "the right to look at \(hidden) is missing (ACL: +type, and the keys' names); they count by name alone",
                zh: "无权查看 \(NumberText.grouped(detection.hidden)) 个键（ACL：+type 及键名权限）；仅按名称计数")
            lines += WrappedText.lines(note[language], first: "  ", others: "  ")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func candidate(
        _ candidate: LayoutDetection.Candidate, _ title: Message, _ language: Language
    ) -> [String] {
        var lines = ["  " + title[language]]
        lines += candidate.counts.map {
            "      " + Printable.text("\(NumberText.grouped($0.count + $0.ofOtherTypes)) \($0.template)")
        }
        for (label, reasons) in [
            (Message("for: ", zh: "支持："), candidate.reasonsFor),
            (Message("against: ", zh: "反对："), candidate.reasonsAgainst),
        ] {
            for reason in reasons {
                lines += WrappedText.lines(
                    label[language] + message(reason)[language], first: "      ", others: "        ")
            }
        }
        return lines
    }

    private static func shapes(_ shapes: [LayoutDetection.Shape], _ language: Language) -> [String] {
        let head = Message(
            "  the commonest keys; --session-key and --index-key say which are yours:",
            zh: "  最常见的键；可用 --session-key 和 --index-key 说明哪些是会话键和索引键：")
        return [head[language]]
            + shapes.map { "      \(NumberText.grouped($0.count)) \(Printable.text($0.shape)) (\($0.type ?? "?"))" }
    }

    static func message(_ reason: LayoutReason) -> Message {
        switch reason {
        case .sessionsOfOtherType(let count, let type, let expected):
            Message(
                "session keys of type \(type), not \(expected): \(NumberText.grouped(count))",
                zh: "类型为 \(type) 而非 \(expected) 的会话键：\(NumberText.grouped(count)) 个")
        case .noSessions: Message("no session key", zh: "没有会话键")
        case .noIndexKeys: Message("no index key", zh: "没有索引键")
        case .entriesNameSessions(let good, let count):
            Message(
                "entries that name a session: \(share(good, count).english)",
                zh: "指向会话的记录：\(share(good, count).chinese)")
        case .noEntryNamesASession(let count):
            Message(
                "entries that name a session: \(share(0, count).english); a run would remove all of them",
                zh: "指向会话的记录：\(share(0, count).chinese)；运行会将其全部移除")
        case .pointersNameSessions(let good, let count):
            Message(
                "pointers that name a session: \(share(good, count).english)",
                zh: "指向会话的指针：\(share(good, count).chinese)")
        case .datesReadable(let good, let count):
            Message(
                "sessions with a readable date: \(share(good, count).english)",
                zh: "日期可读的会话：\(share(good, count).chinese)")
        case .keysOfAnother(let count, let total, let layout):
            Message(
                "session keys that are \(layout.rawValue)'s: \(NumberText.grouped(count)) of \(NumberText.grouped(total))",
                zh: "属于 \(layout.rawValue) 的会话键：\(NumberText.grouped(total)) 个中的 \(NumberText.grouped(count)) 个")
        }
    }

    private static func share(_ good: Int, _ looked: Int) -> Message {
        let (good, looked) = (NumberText.grouped(good), NumberText.grouped(looked))
        return Message("\(good) of \(looked) looked at", zh: "查看的 \(looked) 个中有 \(good) 个")
    }
}

/// The same for programs; the words are English whatever the language.
struct DetectionJSON: Encodable {
    struct Look: Encodable {
        let lookedAt: Int
        let good: Int

        init?(_ look: LayoutEvidence.Look) {
            guard look.looked > 0 else { return nil }
            lookedAt = look.looked
            good = look.good
        }
    }

    struct Count: Encodable {
        let template: String
        let count: Int
        let otherTypes: [String: Int]
    }

    struct Candidate: Encodable {
        let layout: String
        let counts: [Count]
        let entriesNamingASession: Look?
        let pointersNamingASession: Look?
        let sessionsWithADate: Look?
        let `for`: [String]
        let against: [String]

        init(_ candidate: LayoutDetection.Candidate) {
            let evidence = candidate.evidence
            layout = candidate.layout.rawValue
            counts = candidate.counts.map { Count(template: $0.template, count: $0.count, otherTypes: $0.otherTypes) }
            entriesNamingASession = Look(evidence.members)
            pointersNamingASession = Look(evidence.pointers)
            sessionsWithADate = Look(evidence.values)
            `for` = candidate.reasonsFor.map { DetectionMessage.message($0).english }
            against = candidate.reasonsAgainst.map { DetectionMessage.message($0).english }
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
