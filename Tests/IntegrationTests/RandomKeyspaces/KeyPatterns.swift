import TestSupport

/// Options that say where the keys are, and the patterns that they come to, written down by hand.
struct KeyPatterns {
    var arguments: [String]
    var session: KeyPattern
    var index: KeyPattern

    static let standard = KeyPatterns(
        arguments: [], session: KeyPattern(head: "appauth:sess:", tail: ""),
        index: KeyPattern(head: "appauth:usess:", tail: ""))

    /// The default layout below another prefix, which is taken as it stands.
    private static func prefix(_ prefix: String) -> KeyPatterns {
        KeyPatterns(
            arguments: ["--prefix", prefix], session: KeyPattern(head: Bytes(prefix + ":sess:"), tail: ""),
            index: KeyPattern(head: Bytes(prefix + ":usess:"), tail: ""))
    }

    private static func templates(
        _ session: String, _ index: String, prefix: String? = nil, session sessionPattern: (Bytes, Bytes),
        index indexPattern: (Bytes, Bytes)
    ) -> KeyPatterns {
        KeyPatterns(
            arguments: (prefix.map { ["--prefix=\($0)"] } ?? []) + ["--session-key=\(session)", "--index-key", index],
            session: KeyPattern(head: sessionPattern.0, tail: sessionPattern.1),
            index: KeyPattern(head: indexPattern.0, tail: indexPattern.1))
    }

    static let odd: [KeyPatterns] = [
        prefix("app*"), prefix("a?[b-d]^\\"), prefix("{id}"), prefix("{{x}}"), prefix(""), prefix("größe 1"),
        prefix("appauth:sess"), prefix("a\nb"), prefix("[x]\\*"),
        templates(
            "{prefix}/s/{id}", "{prefix}/u/{user}", session: ("appauth/s/", ""), index: ("appauth/u/", "")),
        templates(
            "sess:{id}:data", "user:{user}:sessions", session: ("sess:", ":data"), index: ("user:", ":sessions")),
        // No beginning in common, so there is nothing that SCAN could look for.
        templates("{id}:session", "{user}:index", session: ("", ":session"), index: ("", ":index")),
        // Told apart by the end alone; the same key may be too short to have both ends.
        templates("k:{id}:k", "k:{user}:u", session: ("k:", ":k"), index: ("k:", ":u")),
        templates(
            "{{{prefix}}}:{id}", "{{{prefix}}}.{user}", prefix: "tag*", session: ("{tag*}:", ""),
            index: ("{tag*}.", "")),
        templates("s{id}", "u{user}", session: ("s", ""), index: ("u", "")),
        templates(
            "{prefix}[{id}]", "{prefix}*{user}*", prefix: "?", session: ("?[", "]"), index: ("?*", "*")),
    ]
}

/// The bytes around the variable of a key template, written down by hand: no code of the janitor reads templates here.
struct KeyPattern: Equatable {
    var head: Bytes
    var tail: Bytes

    func key(_ value: Bytes) -> Bytes { head + value + tail }

    /// What stands between head and tail, if the key has both of them.
    func variable(in key: Bytes) -> Bytes? {
        guard key.count >= head.count + tail.count, key.raw.starts(with: head.raw),
            key.raw.reversed().starts(with: tail.raw.reversed())
        else { return nil }
        return Bytes(key.raw[head.count..<(key.count - tail.count)])
    }
}
