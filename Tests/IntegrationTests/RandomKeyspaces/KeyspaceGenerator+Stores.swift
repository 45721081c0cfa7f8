import TestSupport

/// What each of the stores writes, and what is left of it.
extension KeyspaceGenerator {
    mutating func fillUserSessions() {
        let ids = pool(0...12, bytes.identifier)
        let tokens = pool(4...16, bytes.identifier)
        for id in some(65, of: ids) {
            let key = "user_session:" + id
            let state = state()
            guard state != .unreadable else {
                writeOddSession(key)
                continue
            }
            var fields: [Bytes] = ["session_id", id, "created_at", "2025-06-16T10:30:00Z"]
            let token = tokens.randomElement(using: &random) ?? ""
            if chance(85) { fields += ["token", token] }
            switch state {
            case .live: fields += ["expires_at", "2199-06-17T10:30:00Z"]
            case .expired: fields += ["expires_at", "2025-06-17T10:30:00Z"]
            default: fields += chance(50) ? ["expires_at", "yesterday"] : []
            }
            write(["HSET", key] + fields, ttl: 60)
            if chance(70) { write("SET", "token:" + token, id, ttl: 50) }
        }
        writePointers("token:", some(60, of: tokens), to: ids)
        for user in users() { writeIndex("user_sessions:" + user, some(50, of: ids)) }
    }

    mutating func fillLucia() {
        let ids = pool(0...12, bytes.identifier)
        for id in some(65, of: ids) {
            switch state() {
            case .unreadable where chance(50): writeOddSession("session:" + id)
            case .unreadable: write("SET", "session:" + id, "{\"idle_expires\":")
            case .undated: write("SET", "session:" + id, chance(50) ? "{}" : "{\"idle_expires\":\"soon\"}", ttl: 60)
            case let state: write("SET", "session:" + id, "{\"idle_expires\":\(moment(state))000}", ttl: 60)
            }
        }
        for user in users() { writeIndex("user_sessions:" + user, some(50, of: ids)) }
    }

    mutating func fillOpenTomato() {
        let ids = pool(0...12, bytes.identifier)
        let tokens = pool(4...16, RandomBytes.token)
        for id in some(65, of: ids) {
            let token = tokens.randomElement(using: &random) ?? ""
            switch Int.random(in: 0..<10, using: &random) {
            case 0: writeOddSession("auth:sess:" + id)
            case 1: write("SET", "auth:sess:" + id, "no JSON")
            case 2: write("SET", "auth:sess:" + id, chance(50) ? "{}" : "{\"currentRefresh\":null}", ttl: 60)
            case 3: write("SET", "auth:sess:" + id, "{\"currentRefresh\":17}", ttl: 60)
            default: write("SET", "auth:sess:" + id, "{\"currentRefresh\":\"\(token.text)\"}", ttl: 60)
            }
            if chance(70) { write("SET", "auth:refresh:" + token, id, ttl: 50) }
        }
        writePointers("auth:refresh:", some(60, of: tokens), to: ids)
        for user in users() { writeIndex("auth:usess:" + user, some(50, of: ids)) }
    }

    private mutating func writePointers(_ head: Bytes, _ tokens: [Bytes], to ids: [Bytes]) {
        for token in tokens {
            switch Int.random(in: 0..<10, using: &random) {
            case 0: write("HSET", head + token, "id", "gone")
            case 1: write("SET", head + token, bytes.identifier(&random))
            default: write("SET", head + token, ids.randomElement(using: &random) ?? "gone", ttl: 50)
            }
        }
    }

    mutating func fillGitLab() {
        let ids = pool(1...10) { "2::" + KeyspaceGenerator.hex(64, &$0) }
        let users = pool(1...4) { Bytes(Int.random(in: 0...99, using: &$0)) }
        for user in users {
            let own = some(50, of: ids)
            for id in own {
                if chance(50) { write("SET", "session:user:gitlab::v2:" + user + ":" + id, "v2:{}", ttl: 60) }
                if chance(25) { write("SET", "session:user:gitlab:" + user + ":" + id, "\u{4}\u{8}{", ttl: 60) }
                if chance(30) { write("SET", "session:gitlab:" + id, "marshalled") }
            }
            let odd = chance(30) ? [bytes.identifier(&random)] : []
            writeIndex("session:lookup:user:gitlab:" + user, some(85, of: own) + odd)
        }
    }

    mutating func fillRedisSessions() {
        let users = users()
        var everywhere: [Bytes] = []
        for app in some(60, of: ["app", "my-app", "x_1", "us"] as [Bytes]) {
            let ids = pool(1...8) { KeyspaceGenerator.hex(64, &$0) }
            for id in some(65, of: ids) {
                let key = "rs:" + app + ":" + id
                switch state() {
                case .unreadable: writeOddSession(key)
                case .undated:
                    write(["HSET", key, "id", "u"] + (chance(50) ? ["la", Bytes(now), "ttl", "-5"] : ["la", "x"]))
                case let state: write("HSET", key, "la", Bytes(moment(state) - 3_600), "ttl", "3600", ttl: 10)
                }
            }
            let named = ids.map { $0 + ":" + (users.randomElement(using: &random) ?? "") }
            for user in users { writeIndex("rs:" + app + ":us:" + user, some(40, of: ids)) }
            let odd = chance(30) ? [bytes.user(&random)] : []
            writeIndex("rs:" + app + ":_sessions", some(80, of: named) + odd)
            everywhere += some(80, of: named).map { app + ":" + $0 } + odd
        }
        writeIndex("rs:SESSIONS", everywhere + (chance(50) ? ["other:abc:u", "no colon"] : []))
    }

    mutating func fillSpring() {
        let ids = pool(1...10) {
            KeyspaceGenerator.hex(8, &$0) + "-0000-4000-8000-" + KeyspaceGenerator.hex(12, &$0)
        }
        for id in some(65, of: ids) {
            let key = "spring:session:sessions:" + id
            switch state() {
            case .unreadable: writeOddSession(key)
            case .undated: write("HSET", key, "lastAccessedTime", "soon", "maxInactiveInterval", number(1_800, 81, 4))
            case let state:
                let last = number((moment(state) - 1_800) * 1_000, 82, 8)
                write("HSET", key, "lastAccessedTime", last, "maxInactiveInterval", number(1_800, 81, 4), ttl: 80)
            }
        }
        for id in some(60, of: ids) { write("SET", "spring:session:sessions:expires:" + id, "", ttl: 80) }
        for user in users() { writeIndex(Bytes(RandomLayout.springIndex) + user, members(some(50, of: ids))) }
        for minute in 0..<Int.random(in: 0...3, using: &random) {
            writeIndex(
                "spring:session:expirations:\(now + minute * 60)000", members(some(50, of: ids).map { "expires:" + $0 })
            )
        }
        writeIndex("spring:session:sessions:expirations", members(some(60, of: ids)))
    }

    /// In Java's serialisation, plain, in another serialisation, or damaged.
    private mutating func members(_ texts: [Bytes]) -> [Bytes] {
        let isPlain = chance(40)
        return texts.map { text in
            let java = Bytes([0xac, 0xed, 0, 5, 0x74, UInt8(text.count >> 8), UInt8(text.count & 0xff)]) + text
            return switch Int.random(in: 0..<12, using: &random) {
            case 0: "\"" + text + "\""
            case 1: java + "x"
            default: isPlain ? text : java
            }
        }
    }

    /// A number in Java's serialisation; what describes its class is of no matter but for its length.
    private func number(_ number: Int, _ length: Int, _ width: Int) -> Bytes {
        let head = [0xac, 0xed, 0, 5] + [UInt8](repeating: 0x73, count: length - 4 - width)
        return Bytes(head + (0..<width).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) })
    }

    mutating func fillHashPointers() {
        let ids = pool(1...10, bytes.identifier)
        for id in some(60, of: ids) {
            switch state() {
            case .unreadable: writeOddSession("s:" + id)
            case .undated: write("HSET", "s:" + id, "ends", chance(50) ? "soon" : "", ttl: 60)
            case let state: write("HSET", "s:" + id, "ends", Bytes(moment(state)), ttl: 60)
            }
        }
        for user in users() {
            let fields = some(70, of: ["web", "app", "name", "web2"] as [Bytes])
            var held: [Bytes] = []
            for field in fields { held += [field, ids.randomElement(using: &random) ?? ""] }
            switch Int.random(in: 0..<10, using: &random) {
            case 0: write("SET", "user:" + user, ids[0])
            case 1: write("ZADD", "user:" + user, "1", "web")
            default: if !held.isEmpty { write(["HSET", "user:" + user] + held, ttl: 40) }
            }
            writeIndex("list:" + user, some(50, of: ids))
        }
    }

    /// Sessions in hashes and in strings, too.
    mutating func fillHashIndex() {
        let ids = pool(1...10) { KeyspaceGenerator.hex(6, &$0) }
        for id in some(60, of: ids) {
            let end = Bytes(moment(state()))
            switch Int.random(in: 0..<10, using: &random) {
            case 0: writeOddSession("m:" + id)
            case 1: write("SET", "m:" + id, chance(50) ? "no JSON" : "{}")
            case 2..<6: write("SET", "m:" + id, "{\"ends\":" + end + "}", ttl: 60)
            default: write("HSET", "m:" + id, "ends", end, "x", "y", ttl: 60)
            }
        }
        for user in users() {
            let fields = some(60, of: ids) + (chance(30) ? ["not an id", "z"] : [])
            if chance(20) {
                writeIndex("mu:" + user, ids)
            } else if !fields.isEmpty {
                write(["HSET", "mu:" + user] + fields.flatMap { [$0, Bytes(now)] }, ttl: 30)
            }
        }
    }

    mutating func fillTombstones() {
        let ids = pool(1...10, bytes.identifier)
        for id in some(75, of: ids) {
            switch Int.random(in: 0..<10, using: &random) {
            case 0: writeOddSession("t:" + id)
            case 1...3: write("SET", "t:" + id, chance(50) ? "{}" : "-4", ttl: 50)
            case 4: write("SET", "t:" + id, chance(50) ? "{ }" : "-40", ttl: 50)
            default:
                // The unit is left open, and so is whether it is a number.
                let end = "\(moment(state()))" + (chance(50) ? "000" : "")
                write("SET", "t:" + id, Bytes(chance(50) ? "{\"ends\":\(end)}" : "{\"ends\":\"\(end)\"}"), ttl: 50)
            }
        }
        for token in pool(3...9, RandomBytes.token) {
            let id = ids.randomElement(using: &random) ?? ""
            write("SET", "tp:" + token, chance(80) ? "\"" + id + "\"" : id, ttl: 50)
        }
        for user in users() { writeIndex("ti:" + user, some(60, of: ids).map { chance(90) ? "t:" + $0 : $0 }) }
    }

    mutating func fillWebsocket() {
        // One generator names all of them.
        func named(_ random: inout SplitMix64) -> Bytes {
            let groups = [4, 8, 4].map { KeyspaceGenerator.hex($0, &random).text }
            return Bytes(groups.joined(separator: "-"))
        }
        let users = pool(3...8, named) + ["ann", "bob", "e.v-e", "3de3-9980b633-000"] + pool(1...2, bytes.user)
        for id in pool(1...8, named) { write("SET", id, users.randomElement(using: &random) ?? "", ttl: 40) }
        for user in some(80, of: users) { write("SET", user, chance(85) ? "" : "5", ttl: 40) }
        for code in pool(0...3, named) {
            if chance(80) { write("SET", code, "4711", ttl: 90) } else { writeOddSession(code) }
        }
    }
}
