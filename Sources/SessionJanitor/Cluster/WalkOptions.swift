/// What every part of a walk needs to know.
struct WalkOptions {
    var layout: Layout
    var policy: RetentionPolicy?
    var countsTTL: Bool
    var chunkTime: Duration
    var niceRatio: Double
}
