import RedisClient

extension ClusterConnection {
    /// Waits until scripts that were sent and not answered can change nothing any more: what is looked at then stays so.
    ///
    /// Who has waited for an answer in vain need not wait any more; who has lost the connection knows nothing of the script.
    func outlastScripts() {
        Pacer.sleep(lastDeadline - .now)
    }

    /// Tries again and again, for as long as there are pauses: what belongs to a live session must not stay out.
    ///
    /// `attempt` has to do no harm when it is done twice.
    func retry(
        _ pauses: inout ArraySlice<Duration>, _ attempt: () throws(RedisError) -> Void
    ) throws(RedisError) {
        while true {
            do throws(RedisError) {
                return try attempt()
            } catch {
                // Each try waits for a lost node by itself, so that two more are enough there.
                if error.isUnreachable { pauses = pauses.prefix(2) }
                guard let pause = pauses.popFirst() else { throw error }
                Pacer.sleep(pause)
                forgetLosses()
            }
        }
    }
}
