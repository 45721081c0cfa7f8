/// Values of sessions, and random damage to them.
struct SessionSamples {
    static let valid = [
        #"{"ts":1749999000.25,"exp":1750003600,"sub":"u-1","email":"ann@example.org","ip":"10.0.0.7"}"#,
        #"{"sub": "u-2", "provider": "google", "ts": 1749999000.123456, "ua": "Mozilla/5.0 (X11; Linux x86_64)"}"#,
        #"{ "exp" : 1750003600 , "admin" : true , "note" : null , "n" : 12.50 , "ts" : 1749990000 }"#,
        #"{"email":"zoë@example.org","ts":1749999000,"roles":["a","b",{"ts":1}],"more":{"exp":2}}"#,
        #"{"ts":1700000000,"exp":1700003600,"sub":"old"}"#,
        #"{"ua":"say \"hi\" \\ \u0041","ts":1.7499e9,"exp":1750003600}"#,
        "{\r\n\t\"ts\": 1747408000.5,\r\n\t\"exp\": 1750000000.5,\r\n\t\"ok\": false\r\n}",
        #"{"ts":"1749999000","exp":null,"x":0,"y":-1,"z":0.0}"#,
    ].map(\.bytes)

    private static let pieces = [
        "\"", "\\", "{", "}", "[", "]", ":", ",", "0", "1", "9", "-", "+", ".", "e", "E", " ", "\t", "\n", "\u{0}",
        "\u{1f}", "\u{7f}", "é", "true", "false", "null", "\"ts\":", "\"exp\":", "\"ts\":1,", "\\u0074", "//", "NaN",
        "1e999", "'", "ts", "1750000000",
    ].map(\.bytes)

    /// A valid value with one to three random changes.
    static func damaged(by random: inout SeededGenerator) -> [UInt8] {
        var value = valid.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...3, using: &random) where !value.isEmpty {
            let position = Int.random(in: 0..<value.count, using: &random)
            let end = min(position + Int.random(in: 1...6, using: &random), value.count)
            switch Int.random(in: 0..<8, using: &random) {
            case 0: value[position] = UInt8.random(in: 0...255, using: &random)
            case 1: value[position] ^= 1 << UInt8.random(in: 0...7, using: &random)
            case 2: value.remove(at: position)
            case 3: value.removeSubrange(position..<end)
            case 4: value.insert(contentsOf: value[position..<end], at: position)
            case 5: value.removeSubrange(position...)
            case 6: value.swapAt(position, Int.random(in: 0..<value.count, using: &random))
            default: value.insert(contentsOf: pieces.randomElement(using: &random) ?? [], at: position)
            }
        }
        return value
    }
}
