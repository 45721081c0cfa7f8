/// How the sessions of a plan were judged, so that the removal can see that they are still the same.
struct ExpiryBasis {
    var reading = SessionReader.Reading.string
    /// Whether the scores of their members count, too.
    var countsScores = false
    /// For how many seconds nobody may have asked for a session that goes for that.
    var idleSeconds = 0
    /// By which clocks. What is expired by then stays expired; a server whose clock shows an earlier time can tell nothing.
    var clocks = ServerClocks()
}
