/// The scripts that check and remove: between their check and their removal nothing can come.
enum RemovalScript {
    /// What scripts that remove entries have in common: takes an entry out of an index key, in a sorted set only if its
    /// score is still the same. The answer: how often it was removed (0: was not there any more), -1 (was added anew), -2
    /// (the key has another type now), or the error.
    static let takeEntry = """
        local function take(index, kind, id, score)
            local answer
            if kind == 's' then
                answer = redis.pcall('SREM', index, id)
            elseif kind == 'l' then
                answer = redis.pcall('LREM', index, 0, id)
            else
                answer = redis.pcall('ZSCORE', index, id)
                if not answer then return 0 end
                if type(answer) == 'string' then
                    if tonumber(answer) ~= tonumber(score) then return -1 end
                    answer = redis.pcall('ZREM', index, id)
                end
            end
            if type(answer) == 'table' and string.find(answer.err, 'WRONGTYPE', 1, true) then return -2 end
            return answer
        end
        """

    /// Removes entries whose session does not exist and, in a sorted set, whose score is still the same.
    ///
    /// KEYS: for each index key its name, then the session keys of the entries in question, as many for each entry as
    /// the first of ARGV says. ARGV then: for each index key
    /// `z`, `s` or `l` (sorted set, set, list), the number of entries, then their ids, each followed by its score in a
    /// sorted set. The answer: for each entry 1 (removed), 0 (was not there any more), -1 (its session exists, or it was
    /// added anew and so belongs to a login), -2 (the key has another type now); for each index key 1 if it lost its
    /// last entry; and the error that ended the work early, or an empty string.
    static let removeEntries = ServerScript(
        source: """
            \(takeEntry)
            local verdicts, emptied, failure = {}, {}, ''
            local each, key, argument = tonumber(ARGV[1]), 1, 2
            while key <= #KEYS and failure == '' do
                local index, kind, count = KEYS[key], ARGV[argument], tonumber(ARGV[argument + 1])
                local removed = 0
                local width = kind == 'z' and 2 or 1
                for i = 1, count do
                    local first = key + 1 + (i - 1) * each
                    local verdict = redis.pcall('EXISTS', unpack(KEYS, first, first + each - 1))
                    if verdict == 0 then
                        local place = argument + 2 + (i - 1) * width
                        verdict = take(index, kind, ARGV[place], ARGV[place + 1])
                        if type(verdict) == 'number' and verdict > 0 then
                            verdict = 1
                            removed = removed + 1
                        end
                    elseif type(verdict) == 'number' then
                        verdict = -1
                    end
                    if type(verdict) == 'table' then
                        failure = verdict.err
                        break
                    end
                    verdicts[#verdicts + 1] = verdict
                end
                local gone = 0
                if removed > 0 and redis.pcall('EXISTS', index) == 0 then gone = 1 end
                emptied[#emptied + 1] = gone
                key, argument = key + 1 + count * each, argument + 2 + count * width
            end
            return {verdicts, emptied, failure}
            """)

    /// Removes sessions whose value is still the one that was judged.
    ///
    /// KEYS: session keys. ARGV: their values. The answer: for each 1 (removed), 0 (was gone already), -1 (its value
    /// is another one now); and the error that ended the work early, or an empty string.
    static let removeSessions = ServerScript.judgingEachKey(
        """
        local value = redis.pcall('GET', key)
        if value == false then return 0 end
        if value == ARGV[place] then return redis.pcall('UNLINK', key) end
        if type(value) == 'table' and not string.find(value.err, 'WRONGTYPE', 1, true) then return value end
        return -1
        """)
}
