/// Finds the name that somebody may have meant.
enum NearestName {
    /// One that begins like the word, else the one that is fewest changes away.
    static func nearest(to word: String, among names: [String]) -> String? {
        let completed = names.first { word.count > 2 && $0.hasPrefix(word) }
        return completed ?? names.min { distance(word, $0) < distance(word, $1) }
    }

    /// How many characters to insert, remove or replace (Levenshtein).
    static func distance(_ first: String, _ second: String) -> Int {
        let second = Array(second)
        var row = Array(0...second.count)
        for (line, character) in first.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for column in second.indices {
                let replaced = diagonal + (second[column] == character ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[second.count]
    }
}
