/// What every part of a walk needs to know.
struct WalkOptions {
    var layout: Layout
    var policy: RetentionPolicy?
    /// The clocks of the nodes by which their sessions are judged.
    var clocks: ServerClocks
    var ttls: TTLCount
    var chunkTime: Duration
    var niceRatio: Double
}
