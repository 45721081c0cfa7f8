import RedisClient

/// Numbers for people.
enum NumberText {
    /// With a comma between thousands.
    static func grouped(_ number: Int) -> String {
        let digits = Array(String(number.magnitude))
        var result = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result += "," }
            result.append(digit)
        }
        return result
    }

    /// A number and its noun, in the plural unless it is one.
    static func counted(_ number: Int, _ singular: String, _ plural: String? = nil) -> String {
        "\(grouped(number)) \(number == 1 ? singular : plural ?? singular + "s")"
    }

    /// With two decimals below ten, one below a hundred, else none.
    static func seconds(_ seconds: Double) -> String {
        let decimals = seconds < 10 ? 2 : seconds < 100 ? 1 : 0
        return fixed(seconds, decimals: decimals) + " s"
    }

    /// In the largest unit that leaves no rest: `7d`, `90m`, `1500ms`.
    static func duration(_ duration: Duration) -> String {
        let milliseconds = Int(clamping: duration / .milliseconds(1))
        let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)]
        let unit = units.first { milliseconds % $0.1 == 0 } ?? ("ms", 1)
        return "\(milliseconds / unit.1)\(unit.0)"
    }

    static func fixed(_ number: Double, decimals: Int) -> String {
        let factor = (0..<decimals).reduce(1) { value, _ in value * 10 }
        let scaled = Int(clamping: (number.magnitude * Double(factor)).rounded())
        let sign = number < 0 && scaled > 0 ? "-" : ""
        guard decimals > 0 else { return sign + grouped(scaled) }
        let fraction = String(scaled % factor)
        return sign + grouped(scaled / factor) + "." + String(repeating: "0", count: decimals - fraction.count)
            + fraction
    }
}
