import Foundation
import TestSupport

/// How each store names its keys and dates its sessions, written down by hand: no template of the janitor is read here.
struct KeyspaceRules {
    /// What a key is to its store.
    enum Role: Equatable {
        case session
        case index
        /// A string that holds the id of a session, which may have to name this token.
        case pointer(token: Bytes)
        /// A hash of which these fields hold the ids of sessions.
        case pointers(fields: Set<Bytes>)
        /// Belongs to the session of this key.
        case companion(of: Bytes)
        case presence(user: Bytes)
        case foreign
    }

    enum Date: Equatable {
        case over(at: Double)
        case undated
        case unreadable
    }

    let layout: RandomLayout
    let patterns: KeyPatterns
    let maxAgeDays: Int

    // MARK: Keys

    func role(of key: Bytes, _ stored: StoredKey) -> Role {
        if case .string(let held) = stored.content { return role(of: key, held) }
        return role(of: key, nil)
    }

    /// `held` is what the key holds, where that is a string.
    private func role(of key: Bytes, _ held: Bytes?) -> Role {
        switch layout {
        case .appauth:
            if patterns.session.variable(in: key) != nil { return .session }
            return patterns.index.variable(in: key) == nil ? .foreign : .index
        case .userSessions:
            if let token = key.after("token:") { return .pointer(token: token) }
            return plain(key, session: "user_session:", index: "user_sessions:")
        case .lucia: return plain(key, session: "session:", index: "user_sessions:")
        case .openTomato:
            if let token = key.after("auth:refresh:") { return .pointer(token: token) }
            return plain(key, session: "auth:sess:", index: "auth:usess:")
        case .hashPointers:
            if key.after("user:") != nil { return .pointers(fields: ["web", "app"]) }
            return plain(key, session: "s:", index: "list:")
        case .tombstones:
            if let token = key.after("tp:") { return .pointer(token: token) }
            return plain(key, session: "t:", index: "ti:")
        case .hashIndex:
            if let id = key.after("m:") { return isMoodleID(id) ? .session : .foreign }
            return key.after("mu:") == nil ? .foreign : .index
        case .gitlab: return gitlab(key)
        case .redisSessions: return redisSessions(key)
        case .springSession: return spring(key)
        case .websocket:
            if isSocketID(key), let held, isName(held, "_@.-"), !isNumber(held) { return .session }
            // What only a regular expression can tell is not looked for in longer names.
            return key.count <= 256 && isName(key, "_@.-") ? .presence(user: key) : .foreign
        }
    }

    private func plain(_ key: Bytes, session: Bytes, index: Bytes) -> Role {
        if key.after(session) != nil { return .session }
        return key.after(index) == nil ? .foreign : .index
    }

    private func gitlab(_ key: Bytes) -> Role {
        if let user = key.after("session:lookup:user:gitlab:") { return isNumber(user) ? .index : .foreign }
        guard let rest = key.after("session:user:gitlab::v2:") ?? key.after("session:user:gitlab:"),
            let (user, id) = rest.divided(), isNumber(user), isGitLabID(id)
        else { return .foreign }
        return .session
    }

    private func redisSessions(_ key: Bytes) -> Role {
        guard let rest = key.after("rs:") else { return .foreign }
        if rest == "SESSIONS" { return .index }
        guard let (app, name) = rest.divided(), !app.raw.isEmpty,
            app.raw.allSatisfy({ isWordByte($0) || "_-".utf8.contains($0) })
        else { return .foreign }
        if name == "_sessions" || name.after("us:") != nil { return .index }
        return !name.raw.isEmpty && name.raw.allSatisfy { isWordByte($0) } ? .session : .foreign
    }

    private func spring(_ key: Bytes) -> Role {
        if key.after(Bytes(RandomLayout.springIndex)) != nil { return .index }
        if let bucket = key.after("spring:session:expirations:") { return isNumber(bucket) ? .index : .foreign }
        guard let name = key.after("spring:session:sessions:") else { return .foreign }
        if name == "expirations" { return .index }
        if let id = name.after("expires:") {
            return isSpringID(id) ? .companion(of: "spring:session:sessions:" + id) : .foreign
        }
        return isSpringID(name) ? .session : .foreign
    }

    /// Whether what is there is a session, and not just the end of one.
    func isAlive(_ session: StoredKey?) -> Bool {
        guard let session else { return false }
        guard layout == .tombstones, case .string(let value) = session.content else { return true }
        return value != "{}" && value != "-4"
    }

    /// The session that a session key belongs to, by its newest key.
    func session(_ key: Bytes) -> Bytes {
        guard layout == .gitlab, key.after("session:user:gitlab::v2:") == nil else { return key }
        return "session:user:gitlab::v2:" + (key.after("session:user:gitlab:") ?? "")
    }

    // MARK: What leads to a session

    /// The keys by any of which an entry's session lives; nil for a member that names none.
    func sessionKeys(of member: Bytes, in key: Bytes) -> [Bytes]? {
        switch layout {
        case .appauth: return [patterns.session.key(member)]
        case .userSessions: return ["user_session:" + member]
        case .lucia: return ["session:" + member]
        case .hashPointers: return ["s:" + member]
        case .hashIndex: return isMoodleID(member) ? ["m:" + member] : nil
        case .tombstones: return member.after("t:").map { ["t:" + $0] }
        case .openTomato: return ["auth:sess:" + member]
        case .gitlab:
            guard isGitLabID(member) else { return nil }
            let user = key.after("session:lookup:user:gitlab:") ?? ""
            return ["session:user:gitlab::v2:" + user + ":" + member, "session:user:gitlab:" + user + ":" + member]
        case .redisSessions:
            if key == "rs:SESSIONS" {
                guard let (app, rest) = member.divided(), let (id, _) = rest.divided() else { return nil }
                return isName(app, "_-") && isName(id, "") ? ["rs:" + app + ":" + id] : nil
            }
            guard let (app, name) = (key.after("rs:") ?? "").divided() else { return nil }
            if name != "_sessions" { return isName(member, "") ? ["rs:" + app + ":" + member] : nil }
            guard let (id, _) = member.divided(), isName(id, "") else { return nil }
            return ["rs:" + app + ":" + id]
        case .springSession:
            let text = javaText(member)
            if key.after("spring:session:expirations:") != nil {
                return (text ?? member).after("expires:").flatMap { isSpringID($0) ? $0 : nil }
                    .map { ["spring:session:sessions:" + $0] }
            }
            // What is in a serialisation that nobody knows is no id.
            let id = text ?? member
            return isSpringID(id) ? ["spring:session:sessions:" + id] : nil
        case .websocket: return nil
        }
    }

    /// The session that a pointer's value names; nil if that has no form of a name.
    func sessionKey(ofPointerTo id: Bytes) -> Bytes? {
        switch layout {
        case .tombstones:
            id.count > 1 && id.raw.first == 0x22 && id.raw.last == 0x22
                && id.raw.dropFirst().dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x22 && $0 != 0x5c }
                ? "t:" + Bytes(id.raw.dropFirst().dropLast()) : nil
        case .openTomato: "auth:sess:" + id
        case .hashPointers: "s:" + id
        default: "user_session:" + id
        }
    }

    /// Whether a session names another token than this one; one that names none proves nothing.
    func namesAnother(_ session: StoredKey, than token: Bytes) -> Bool {
        switch session.content {
        case .hash(let fields) where layout == .userSessions: fields["token"].map { $0 != token } ?? false
        case .string(let value) where layout == .openTomato:
            (object(value)?["currentRefresh"] as? String).map { Bytes($0) != token } ?? false
        default: false
        }
    }

    // MARK: Dates

    func date(of session: StoredKey) -> Date {
        switch (layout, session.content) {
        case (.appauth, .string(let value)):
            guard let object = object(value) else { return .unreadable }
            let created = number(object["ts"]).map { $0 + Double(maxAgeDays) * 86_400 }
            guard let end = [created, number(object["exp"])].compactMap(\.self).min() else { return .undated }
            return .over(at: end)
        case (.lucia, .string(let value)):
            guard let object = object(value) else { return .unreadable }
            return over((object["idle_expires"] as? Double).map { $0 / 1_000 })
        case (.userSessions, .hash(let fields)):
            let formatter = ISO8601DateFormatter()
            return over(fields["expires_at"].flatMap { formatter.date(from: $0.text) }?.timeIntervalSince1970)
        case (.tombstones, .string(let value)):
            guard let object = object(value) else { return .unreadable }
            let number = object["ends"] as? Double ?? (object["ends"] as? String).flatMap(Double.init)
            return over(number.map { $0 < 100_000_000_000 ? $0 : $0 / 1_000 })
        case (.hashIndex, .string(let value)):
            guard let object = object(value) else { return .unreadable }
            return over(object["ends"] as? Double)
        case (.hashPointers, .hash(let fields)), (.hashIndex, .hash(let fields)):
            return over(fields["ends"].flatMap { Double($0.text) })
        case (.redisSessions, .hash(let fields)):
            guard let last = fields["la"].flatMap({ Double($0.text) }),
                let life = fields["ttl"].flatMap({ Double($0.text) }),
                life >= 0
            else { return .undated }
            return over(last + life)
        case (.springSession, .hash(let fields)):
            guard let last = javaNumber(fields["lastAccessedTime"], 82),
                let life = javaNumber(fields["maxInactiveInterval"], 81),
                life >= 0
            else { return .undated }
            return over(Double(last) / 1_000 + Double(life))
        default: return .unreadable
        }
    }

    private func over(_ date: Double?) -> Date {
        guard let date, isDate(date) else { return .undated }
        return .over(at: date)
    }

    /// Never, and what is not between 2000 and 2200, is no date.
    private func isDate(_ seconds: Double) -> Bool { (946_684_800..<7_258_118_400).contains(seconds) }

    /// JSON's true and false come as numbers, too; only their type shows what they were.
    private func number(_ value: Any?) -> Double? {
        guard let number = value as? NSNumber, String(cString: number.objCType) != "c" else { return nil }
        return isDate(number.doubleValue) ? number.doubleValue : nil
    }

    // MARK: Small things

    private func object(_ value: Bytes) -> [String: Any]? {
        try? JSONSerialization.jsonObject(with: Data(value.raw)) as? [String: Any]
    }

    private func javaText(_ member: Bytes) -> Bytes? {
        guard let rest = member.after(Bytes([0xac, 0xed, 0, 5, 0x74])), rest.count >= 2,
            Int(rest.raw[0]) * 256 + Int(rest.raw[1]) == rest.count - 2
        else { return nil }
        return Bytes(rest.raw.dropFirst(2))
    }

    /// A Long takes 82 bytes and an Integer 81; the number stands at their end.
    private func javaNumber(_ value: Bytes?, _ length: Int) -> Int? {
        guard let value, value.count == length else { return nil }
        let bytes = value.raw.suffix(length == 82 ? 8 : 4)
        let number = bytes.reduce(0) { $0 << 8 | Int($1) }
        return length == 82 ? number : Int(Int32(truncatingIfNeeded: number))
    }

    private func isName(_ text: Bytes, _ further: String) -> Bool {
        !text.raw.isEmpty && text.raw.allSatisfy { isWordByte($0) || further.utf8.contains($0) }
    }

    private func isMoodleID(_ id: Bytes) -> Bool {
        !id.raw.isEmpty && id.raw.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x76).contains($0) }
    }

    private func isNumber(_ text: Bytes) -> Bool {
        !text.raw.isEmpty && text.raw.allSatisfy { (0x30...0x39).contains($0) }
    }

    private func isGitLabID(_ id: Bytes) -> Bool {
        id.after("2::").map { $0.count == 64 && $0.raw.allSatisfy { isHexByte($0) } } ?? false
    }

    private func isSpringID(_ id: Bytes) -> Bool { id.count >= 16 && isName(id, "_-") }

    private func isSocketID(_ key: Bytes) -> Bool {
        let groups = key.raw.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return groups.map(\.count) == [4, 8, 4] && groups.joined().allSatisfy { isHexByte($0) }
    }

    private func isHexByte(_ byte: UInt8) -> Bool { "0123456789abcdef".utf8.contains(byte) }

    private func isWordByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }
}

extension Bytes {
    fileprivate func after(_ head: Bytes) -> Bytes? {
        raw.starts(with: head.raw) ? Bytes(raw.dropFirst(head.count)) : nil
    }

    /// What stands before and after the first colon.
    fileprivate func divided() -> (Bytes, Bytes)? {
        raw.firstIndex(of: UInt8(ascii: ":")).map { (Bytes(raw[..<$0]), Bytes(raw[($0 + 1)...])) }
    }
}
