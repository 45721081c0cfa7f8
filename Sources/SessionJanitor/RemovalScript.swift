/// The scripts that check and remove: between their check and their removal nothing can come.
enum RemovalScript {
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
            local verdicts, emptied, failure = {}, {}, ''
            local each, key, argument = tonumber(ARGV[1]), 1, 2
            while key <= #KEYS and failure == '' do
                local index, kind, count = KEYS[key], ARGV[argument], tonumber(ARGV[argument + 1])
                local removed = 0
                local width = kind == 'z' and 2 or 1
                for i = 1, count do
                    local first = key + 1 + (i - 1) * each
                    local verdict = redis.pcall('EXISTS', unpack(KEYS, first, first + each - 1))
                    if type(verdict) == 'number' and verdict > 0 then
                        verdict = -1
                    elseif verdict == 0 then
                        local place = argument + 2 + (i - 1) * width
                        local id = ARGV[place]
                        if kind == 'z' then
                            local score = redis.pcall('ZSCORE', index, id)
                            if type(score) == 'table' then
                                verdict = score
                            elseif score and tonumber(score) ~= tonumber(ARGV[place + 1]) then
                                verdict = -1
                            elseif score then
                                verdict = redis.pcall('ZREM', index, id)
                            end
                        elseif kind == 's' then
                            verdict = redis.pcall('SREM', index, id)
                        else
                            verdict = redis.pcall('LREM', index, 0, id)
                        end
                        if type(verdict) == 'number' and verdict > 0 then
                            verdict = 1
                            removed = removed + 1
                        end
                    end
                    if type(verdict) == 'table' then
                        if string.find(verdict.err, 'WRONGTYPE', 1, true) then
                            verdict = -2
                        else
                            failure = verdict.err
                            break
                        end
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
    static let removeSessions = ServerScript(
        source: """
            local verdicts, failure = {}, ''
            for i = 1, #KEYS do
                local value = redis.pcall('GET', KEYS[i])
                local verdict = -1
                if value == false then
                    verdict = 0
                elseif value == ARGV[i] then
                    verdict = redis.pcall('UNLINK', KEYS[i])
                elseif type(value) == 'table' and not string.find(value.err, 'WRONGTYPE', 1, true) then
                    verdict = value
                end
                if type(verdict) == 'table' then
                    failure = verdict.err
                    break
                end
                verdicts[i] = verdict
            end
            return {verdicts, failure}
            """)
}
