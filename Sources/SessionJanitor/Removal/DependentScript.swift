/// The scripts for keys that depend on sessions, and for missing TTLs: check and change in one step.
enum DependentScript {
    /// Removes pointers, companions and presence keys that are without their session at this moment.
    ///
    /// KEYS: for each item its key, then the keys of its session, none for a presence key. ARGV: of presence keys
    /// their ``TouchProof``; then for each item `p`, `c` or `u` (pointer, companion, presence key), the
    /// number of its session's keys, the value that was judged, its token, and where the session names that: `h` or `j`
    /// before the field or the path, or nothing; and the field of a hash that a pointer is, or nothing. The answer: for each
    /// item 1 (removed), 0 (was not there any more), -1 (its session is there or it is another's now), -2 (the server cannot
    /// tell whether it was touched); and the error that ended the work early, or an empty string.
    static let remove = ServerScript(
        source: """
            local verdicts, failure = {}, ''
            local key, argument = 1, 2
            \(TouchProof.ticksSince)

            local function named(session, place)
                local found
                if string.sub(place, 1, 1) == 'h' then
                    found = redis.pcall('HGET', session, string.sub(place, 2))
                else
                    local text = redis.pcall('GET', session)
                    if type(text) ~= 'string' then return nil end
                    local read, tree = pcall(cjson.decode, text)
                    if not read then return nil end
                    found = tree
                    for name in string.gmatch(string.sub(place, 2), '[^.]+') do
                        if type(found) ~= 'table' then return nil end
                        found = found[name]
                    end
                end
                if type(found) ~= 'string' then return nil end
                return found
            end

            local function judge(kind, item, sessions, value, token, place, field)
                if kind == 'u' then
                    local idle = redis.pcall('OBJECT', 'IDLETIME', item)
                    if idle == false then return 0 end
                    local ticks = ticksSince(ARGV[1])
                    if type(idle) == 'table' or not ticks then return -2 end
                    return idle > ticks and 1 or -1
                end
                local alive = 0
                if #sessions > 0 then alive = redis.pcall('EXISTS', unpack(sessions)) end
                if type(alive) == 'table' then return alive end
                if kind == 'c' then return alive == 0 and 1 or -1 end
                local held
                if field == '' then
                    held = redis.pcall('GET', item)
                else
                    held = redis.pcall('HGET', item, field)
                end
                if held == false then return 0 end
                if held ~= value then return -1 end
                if alive == 0 then return 1 end
                if place == '' then return -1 end
                local another = false
                for _, session in ipairs(sessions) do
                    local name = named(session, place)
                    if name == token then return -1 end
                    if name then another = true end
                end
                return another and 1 or -1
            end

            while key <= #KEYS do
                local count = tonumber(ARGV[argument + 1])
                local sessions = {}
                for i = 1, count do sessions[i] = KEYS[key + i] end
                local verdict = judge(ARGV[argument], KEYS[key], sessions, ARGV[argument + 2], ARGV[argument + 3],
                    ARGV[argument + 4], ARGV[argument + 5])
                if verdict == 1 then
                    -- A hash is gone with its last field.
                    if ARGV[argument + 5] == '' then
                        verdict = redis.pcall('UNLINK', KEYS[key])
                    else
                        verdict = redis.pcall('HDEL', KEYS[key], ARGV[argument + 5])
                    end
                end
                if type(verdict) == 'table' then
                    failure = verdict.err
                    break
                end
                verdicts[#verdicts + 1] = verdict
                key, argument = key + 1 + count, argument + 6
            end
            return {verdicts, failure}
            """)

    /// Gives keys a TTL that have none. KEYS: keys. ARGV: for each when it is to expire, in epoch milliseconds by its server's
    /// clock, and how many milliseconds that is. The answer: for each 1 (set), 0 (has one, or is gone), -1 (by this clock it
    /// would be another TTL, or by now less than half of it); and the error that ended the work early, or an empty string.
    static let setTTL = ServerScript.judgingEachKey(
        """
        if redis.pcall('PTTL', key) ~= -1 then return 0 end
        local expiry, ttl = ARGV[2 * place - 1], tonumber(ARGV[2 * place])
        local left = tonumber(expiry) - time / 1000
        if left < ttl / 2 or left > ttl * 2 then return -1 end
        return redis.pcall('PEXPIREAT', key, expiry)
        """)

    /// Removes sessions that are still as they were judged.
    ///
    /// KEYS: session keys. ARGV: the number of fields and their names; then for each key, if there are fields, a mark
    /// for each, `1` before a value and `0` for none; if there are none, first a ``TouchProof``, then
    /// for each the seconds for which nobody may have asked for the key, or else since the proof. The answer: as of
    /// ``RemovalScript/removeSessions``.
    static let removeSessions = ServerScript.judgingEachKey(
        helpers: TouchProof.ticksSince,
        """
        local count = tonumber(ARGV[1])
        if count == 0 then
            local idle = redis.pcall('OBJECT', 'IDLETIME', key)
            if idle == false then return 0 end
            if type(idle) == 'table' then return idle end
            if idle < tonumber(ARGV[2 + place]) then
                local ticks = ticksSince(ARGV[2])
                if not ticks or idle <= ticks then return -1 end
            end
            return redis.pcall('UNLINK', key)
        end
        local values = redis.pcall('HMGET', key, unpack(ARGV, 2, 1 + count))
        if values.err then
            if string.find(values.err, 'WRONGTYPE', 1, true) then return -1 end
            return values
        end
        if redis.pcall('EXISTS', key) == 0 then return 0 end
        local first = 2 + count * place
        for j = 1, count do
            local mark = values[j] and '1' .. values[j] or '0'
            if mark ~= ARGV[first + j - 1] then return -1 end
        end
        return redis.pcall('UNLINK', key)
        """)
}
