import RedisClient
import SessionJanitor

/// One state of a run's progress, in words.
struct ProgressLine {
    var phase: CleanupPhase
    var done: Int
    var total: Int
    /// Since the phase began.
    var seconds: Double

    /// For a terminal, within 79 columns: some terminals break a line that fills the last one.
    var bar: String {
        let width = min(max(79 - title.count - figures.count - 4, 4), 20)
        let filled = Int(clamping: fraction * Double(width))
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
        return "\(title) [\(bar)] \(figures)"
    }

    var plain: String {
        "\(title): \(figures)"
    }

    private var fraction: Double {
        total > 0 ? min(max(Double(done) / Double(total), 0), 1) : 0
    }

    private var figures: String {
        guard total > 0, done > 0 else { return "\(NumberText.grouped(total)) \(noun)" }
        var text = "\(ProgressLine.short(done)) of \(ProgressLine.short(total)) \(noun)"
        guard seconds > 0.1 else { return text }
        let rate = min(Double(done) / seconds, 1e12)
        text += ", \(ProgressLine.short(Int(clamping: rate)))/s"
        if done < total { text += ", \(ProgressLine.left(Double(total - done) / rate)) left" }
        return text
    }

    private var title: String {
        switch phase {
        case .census: "1/4 sessions"
        case .survey: "2/4 indexes"
        case .secondLook: "3/4 second look"
        case .removal: "4/4 removal"
        case .restore: "restore"
        }
    }

    private var noun: String {
        switch phase {
        case .census: "keys"
        case .survey: "index keys"
        case .secondLook: "suspects"
        case .removal: "items"
        case .restore: "per cent"
        }
    }

    private static func left(_ seconds: Double) -> String {
        switch seconds {
        case ..<120: NumberText.fixed(seconds, decimals: 0) + " s"
        case ..<7_200: NumberText.fixed(seconds / 60, decimals: 0) + " min"
        case ..<360_000: NumberText.fixed(seconds / 3_600, decimals: 0) + " h"
        default: "days"
        }
    }

    /// 1.23M for 1,234,567.
    private static func short(_ number: Int) -> String {
        switch number {
        case ..<10_000: NumberText.grouped(number)
        case ..<1_000_000: NumberText.fixed(Double(number) / 1_000, decimals: 0) + "k"
        case ..<1_000_000_000: NumberText.fixed(Double(number) / 1_000_000, decimals: 2) + "M"
        default: NumberText.fixed(Double(number) / 1_000_000_000, decimals: 2) + "G"
        }
    }
}
