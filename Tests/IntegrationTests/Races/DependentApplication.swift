import TestSupport

/// Plays an application whose sessions have a pointer and a companion, each on some node of a cluster: sessions time out,
/// which leaves both behind, and come back under the same names.
///
/// It knows which sessions live, and ``complaints`` says what of them was lost.
struct DependentApplication {
    private(set) var returns = 0
    private(set) var complaints: [String] = []
    private let client: ClusterClient
    private var random: SplitMix64
    private var living: Set<Int> = []

    /// The words that tell the janitor of it.
    static let layout = ["--session-key", "s:{id}", "--pointer-key", "t:{token}", "--companion-key", "c:{id}"]
    private static let population = 200
    /// How long a key may be out while its session is there.
    private static let patience = Duration.seconds(15)

    init(_ client: ClusterClient, seed: UInt64) {
        self.client = client
        random = SplitMix64(seed: seed)
    }

    var livingSessions: Int { living.count }

    mutating func step() throws {
        let number = Int.random(in: 0..<DependentApplication.population, using: &random)
        if !living.contains(number) {
            try comeBack(number)
        } else if Bool.random(using: &random) {
            try client.call("DEL", "s:\(number)")
            living.remove(number)
        } else {
            try check(number, within: DependentApplication.patience)
        }
    }

    private mutating func comeBack(_ number: Int) throws {
        try client.call("SET", "s:\(number)", "x")
        try client.call("SET", "t:\(number)", "\(number)", "EX", "9999")
        try client.call("HSET", "c:\(number)", "a", "b")
        living.insert(number)
        returns += 1
    }

    private mutating func check(_ number: Int, within limit: Duration) throws {
        let deadline = Deadline(in: limit)
        while true {
            let held = try client.call("GET", "t:\(number)").text
            let companion = try client.call("HGET", "c:\(number)", "a").text
            if held == "\(number)", companion == "b" { break }
            guard deadline.hasPassed else { continue }
            complaints.append(
                "session \(number) lives; its pointer holds \(held ?? "nothing"), its companion \(companion ?? "nothing")"
            )
            return
        }
        if try client.call("PTTL", "t:\(number)").integer ?? -1 < 0 {
            complaints.append("the pointer of session \(number) has lost its TTL")
        }
    }

    /// Nothing may be out any more.
    mutating func checkAll() throws {
        for number in living.sorted() { try check(number, within: .zero) }
    }
}
