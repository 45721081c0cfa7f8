/// The script for sessions that were judged by the scores of their members in sorted sets.
enum ScoredSessionScript {
    /// Removes sessions whose value and scores are still those that were judged.
    ///
    /// KEYS: for each session its key, then the sorted sets. ARGV: the number of sorted sets; the number of fields that
    /// were judged, or -1 for the whole value; the fields' names; then for each session a mark for each value, `1` before
    /// it and `0` for none, and for each sorted set the member and the mark of its score. The answer: for each session 1
    /// (removed), 0 (was gone already), -1 (something is another now); and the error that ended the work early, or an
    /// empty string.
    static let removeSessions = ServerScript(
        source: """
            local sets, count = tonumber(ARGV[1]), tonumber(ARGV[2])
            local fields = math.max(count, 0)
            local each, width = 1 + sets, math.abs(count) + 2 * sets
            local verdicts, failure = {}, ''

            local function isOfAnotherType(answer)
                return type(answer) == 'table' and answer.err and string.find(answer.err, 'WRONGTYPE', 1, true)
            end

            local function mark(value) return value and '1' .. value or '0' end

            local function judge(first, place)
                local key = KEYS[first]
                local there = redis.pcall('EXISTS', key)
                if there == 0 or type(there) == 'table' then return there end
                local values = {}
                if count < 0 then
                    values = redis.pcall('GET', key)
                    if type(values) ~= 'table' then values = {values} end
                elseif count > 0 then
                    values = redis.pcall('HMGET', key, unpack(ARGV, 3, 2 + fields))
                end
                if isOfAnotherType(values) then return -1 end
                if values.err then return values end
                for i = 1, math.abs(count) do
                    if mark(values[i]) ~= ARGV[place] then return -1 end
                    place = place + 1
                end
                for i = 1, sets do
                    local score = redis.pcall('ZSCORE', KEYS[first + i], ARGV[place])
                    if isOfAnotherType(score) then score = false end
                    if type(score) == 'table' then return score end
                    if mark(score) ~= ARGV[place + 1] then return -1 end
                    place = place + 2
                end
                return redis.pcall('UNLINK', key)
            end

            for i = 1, #KEYS / each do
                local verdict = judge((i - 1) * each + 1, 3 + fields + (i - 1) * width)
                if type(verdict) == 'table' then
                    failure = verdict.err
                    break
                end
                verdicts[i] = verdict
            end
            return {verdicts, failure}
            """)
}
