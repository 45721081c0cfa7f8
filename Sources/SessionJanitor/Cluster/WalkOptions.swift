/// What every part of a walk needs to know.
struct WalkOptions {
    var layout: Layout
    var policy: RetentionPolicy?
    var ttls: TTLCount
    var chunkTime: Duration
    var niceRatio: Double
}
