import TestSupport
import Testing

@testable import RedisClient

struct EndpointFuzzTests {
    private static let urls: [[UInt8]] = [
        "redis://localhost", "redis://user:Zq7wXk2Pp9@example.org:6380/3", "redis://:Zq7wXk2Pp9@[::1]:6379/0?db=0",
        "rediss://u%20x:Zq7wXk2Pp9@10.0.0.1/1", "unix:///run/redis.sock?db=2", "unix://me:Zq7wXk2Pp9@/run/r.sock",
        "redis+sentinel://:Zq7wXk2Pp9@a:26379,b:26380/service/2",
        "rediss+sentinel://u:Zq7wXk2Pp9@[::1],b/my-service?db=1&sentinel_user=s&sentinel_password=Zq7wXk2Pp9",
    ].map { Array($0.utf8) }

    private static let pieces: [[UInt8]] = [
        "://", ":", "@", "/", "//", "?", "&", "=", "db=", "?db=", "%", "%00", "%41", "%C3%A4", "%ff", "%2", "[", "]",
        "[::1]",
        ",", "redis", "rediss", "unix", "+sentinel", "65535", "65536", "99999999999999999999", "-1", "+1", "\0", " ",
        "\n", "é",
        "e\u{301}", "\u{1b}", "#", "sentinel_user=", "sentinel_password=", "0x10", "٣",
    ].map { Array($0.utf8) }

    @Test func `a damaged URL gives a sane server or an error, and its password is not shown`() {
        var random = SplitMix64(seed: Fuzz.seed)
        var wrong: [String] = []
        var accepted = 0
        let count = Fuzz.inputs()
        for _ in 0..<count {
            let bytes = Fuzz.damaged(Self.urls.randomElement(using: &random) ?? [], with: Self.pieces, &random)
            let url = String(decoding: bytes, as: UTF8.self)
            guard let endpoint = try? Endpoint(url: url) else { continue }
            accepted += 1
            if let complaint = complaint(about: endpoint) { wrong.append("\(complaint): \(url.debugDescription)") }
        }
        #expect(wrong.prefix(5) == [], "\(Fuzz.hint)")
        #expect(accepted > count / 50 && accepted < count)
    }

    private func complaint(about endpoint: Endpoint) -> String? {
        if endpoint.database < 0 { return "database" }
        var names: [String] = [endpoint.username ?? ""]
        switch endpoint.address {
        case .tcp(let host, let port):
            if host.isEmpty || !(1...65_535).contains(port) { return "host or port" }
            if host.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }) { return "host" }
            names.append(host)
        case .unix(let path):
            if !path.hasPrefix("/") || path.utf8.count > 107 || path.utf8.contains(0) { return "path" }
            names.append(path)
        case .sentinel(let service):
            if service.sentinels.isEmpty || service.name.isEmpty { return "service" }
            names += [service.description, service.username ?? ""]
        }
        guard let password = endpoint.password, password.utf8.count >= 8 else { return nil }
        // What was written twice may stand elsewhere as well.
        let isElsewhere = names.contains { $0.contains(password) }
        return !isElsewhere && "\(endpoint)".contains(password) ? "password" : nil
    }
}
