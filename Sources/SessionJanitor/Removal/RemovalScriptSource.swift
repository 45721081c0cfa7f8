extension RemovalScript {
    /// Each condition returns nothing where it holds, else the verdict, or an error; it moves `k` and `a` behind its own KEYS
    /// and ARGV. What runs for every entry and session calls the server without the prelude's detour, which costs as much as
    /// the command itself.
    static let source = """
        local verdicts, emptied, failure = {}, {}, ''
        local k, a, target = 1, 1, 1
        local action, sessions, sets, proof, firstField, fieldCount, dead
        \(TouchProof.ticksSince)

        local call = server.pcall
        local function failed(command, answer) return {err = command .. ': ' .. answer.err} end

        local function isOfAnotherType(answer)
            return type(answer) == 'table' and answer.err and string.find(answer.err, 'WRONGTYPE', 1, true)
        end

        -- What is not as it was judged is kept; an error that says nothing of the key ends the work.
        local function other(answer)
            if type(answer) == 'table' and answer.err and not isOfAnotherType(answer) then return answer end
            return -1
        end

        local function mark(value) return value and '1' .. value or '0' end

        local function alive()
            local there
            if sessions == 1 then
                there = call('EXISTS', KEYS[k])
            else
                there = call('EXISTS', unpack(KEYS, k, k + sessions - 1))
            end
            if dead and type(there) == 'number' and there > 0 then
                for i = k, k + sessions - 1 do
                    if dead[redis.pcall('GET', KEYS[i])] then there = there - 1 end
                end
            end
            k = k + sessions
            return type(there) == 'table' and failed('EXISTS', there) or there
        end

        -- What a session names in a field of a hash, or along a path of JSON; `f` leaves open which of them it is.
        local function named(session, place)
            local kind, path = string.sub(place, 1, 1), string.sub(place, 2)
            local found
            if kind ~= 'j' then found = redis.pcall('HGET', session, path) end
            if kind == 'j' or (kind == 'f' and isOfAnotherType(found)) then
                local text = redis.pcall('GET', session)
                if type(text) ~= 'string' then return nil end
                local read, tree = pcall(cjson.decode, text)
                if not read then return nil end
                found = tree
                for name in string.gmatch(path, '[^.]+') do
                    if type(found) ~= 'table' then return nil end
                    found = found[name]
                end
            end
            if type(found) ~= 'string' then return nil end
            return found
        end

        local returnable = {}
        local function mayReturn(...)
            return not redis.acl_check_cmd or redis.acl_check_cmd(...)
        end
        local function refused(command)
            return {err = command .. ': NOPERM this user may not put back what belongs to a live session'}
        end
        function returnable.z(key)
            if not mayReturn('ZADD', key, 'NX', '0', '') then return refused('ZADD') end
        end
        function returnable.s(key)
            if not mayReturn('SADD', key, '') then return refused('SADD') end
        end
        function returnable.l(key)
            if not mayReturn('LINSERT', key, 'BEFORE', '', '') then return refused('LINSERT') end
            if not mayReturn('RPUSH', key, '') then return refused('RPUSH') end
        end
        -- The key, or the field, is there, so these do nothing, unless they may not be done at all.
        function returnable.k(key)
            local answer = redis.pcall('RESTORE', key, 0, redis.pcall('DUMP', key))
            if type(answer) == 'table' and answer.err and not string.find(answer.err, 'BUSYKEY', 1, true)
                and not string.find(answer.err, 'OOM', 1, true) then return answer end
        end
        function returnable.h(key)
            local left = redis.pcall('PTTL', key)
            if type(left) == 'number' and left >= 0 and not mayReturn('PEXPIRE', key, left) then return refused('PEXPIRE') end
            local answer = redis.pcall('HSETNX', key, ARGV[target], redis.pcall('HGET', key, ARGV[target]))
            if type(answer) == 'table' and not string.find(answer.err, 'OOM', 1, true) then return answer end
        end

        returnable.f = returnable.h

        local conditions = {
            -- its session is absent
            a = function()
                local there = alive()
                if there ~= 0 then return type(there) == 'table' and there or -1 end
            end,
            -- its session is absent, or names another pointer and not this one
            n = function()
                local first = k
                local there = alive()
                local token, place = ARGV[a], ARGV[a + 1]
                a = a + 2
                if type(there) == 'table' then return there end
                if there == 0 then return nil end
                local another = false
                for session = first, k - 1 do
                    local name = named(KEYS[session], place)
                    if name == token then return -1 end
                    if name then another = true end
                end
                if not another then return -1 end
            end,
            -- its session was removed by this very call
            w = function()
                local verdict = verdicts[tonumber(ARGV[a])]
                a = a + 1
                if verdict ~= 1 then return -1 end
            end,
            -- the key exists
            e = function(key)
                local there = redis.pcall('EXISTS', key)
                if there ~= 1 then return there end
            end,
            -- the string holds these bytes
            v = function(key)
                local value, wanted = call('GET', key), ARGV[a]
                a = a + 1
                if value == wanted then return nil end
                if value == false then return 0 end
                if type(value) == 'table' then return other(failed('GET', value)) end
                return -1
            end,
            -- the field holds these bytes
            m = function(key)
                local value, wanted = redis.pcall('HGET', key, ARGV[target]), ARGV[a]
                a = a + 1
                if value == false then return 0 end
                if value ~= wanted then return other(value) end
            end,
            -- the fields hold these values
            f = function(key)
                local values = redis.pcall('HMGET', key, unpack(ARGV, firstField, firstField + fieldCount - 1))
                if values.err then return other(values) end
                for i = 1, fieldCount do
                    if mark(values[i]) ~= ARGV[a] then return -1 end
                    a = a + 1
                end
            end,
            -- the members of the session have these scores
            s = function()
                for i = 1, sets do
                    local score = redis.pcall('ZSCORE', KEYS[k], ARGV[a])
                    if isOfAnotherType(score) then score = false end
                    if type(score) == 'table' then return score end
                    if mark(score) ~= ARGV[a + 1] then return -1 end
                    k, a = k + 1, a + 2
                end
            end,
            -- the key is what DUMP gave
            d = function(key)
                local payload, wanted = redis.pcall('DUMP', key), ARGV[a]
                a = a + 1
                if payload == false then return 0 end
                if payload ~= wanted then return other(payload) end
            end,
            -- the key's TTL was not set, taken away or renewed
            t = function(key)
                local left, before = redis.pcall('PTTL', key), tonumber(ARGV[a])
                a = a + 1
                if type(left) == 'table' then return left end
                if left > before or (left < 0) ~= (before < 0) then return -1 end
            end,
            -- nobody has asked for the key in so many seconds, or since the proof
            i = function(key)
                local idle, seconds = redis.pcall('OBJECT', 'IDLETIME', key), tonumber(ARGV[a])
                a = a + 1
                if idle == false then return 0 end
                if type(idle) == 'table' then return idle end
                if idle < seconds then
                    local ticks = ticksSince(proof)
                    if not ticks or idle <= ticks then return -1 end
                end
            end,
            -- nobody has asked for the key since the proof
            u = function(key)
                local idle = redis.pcall('OBJECT', 'IDLETIME', key)
                if idle == false then return 0 end
                local ticks = ticksSince(proof)
                if type(idle) == 'table' or not ticks then return -3 end
                if idle <= ticks then return -1 end
            end,
            -- the key has no TTL, and the one that it is to get is still the one that was planned
            p = function(key)
                if redis.pcall('PTTL', key) ~= -1 then return 0 end
                local ttl = tonumber(ARGV[target + 1])
                local left = tonumber(ARGV[target]) - time / 1000
                if left < ttl / 2 or left > ttl * 2 then return -1 end
            end,
            -- the user may put it back
            r = function(key) return returnable[action](key) end
        }

        local function taken(command, answer)
            if type(answer) == 'table' then return isOfAnotherType(answer) and -2 or failed(command, answer) end
            return answer > 0 and 1 or 0
        end

        local actions = {
            z = {2, function(key)
                local score, wanted = true, ARGV[target + 1]
                if wanted ~= '' then
                    score = call('ZSCORE', key, ARGV[target])
                    if not score then return 0 end
                    if type(score) == 'table' then return taken('ZSCORE', score) end
                    if score ~= wanted and tonumber(score) ~= tonumber(wanted) then return -1 end
                end
                return taken('ZREM', call('ZREM', key, ARGV[target]))
            end},
            s = {1, function(key) return taken('SREM', call('SREM', key, ARGV[target])) end},
            l = {1, function(key) return taken('LREM', call('LREM', key, 0, ARGV[target])) end},
            k = {0, function(key)
                local answer = call('UNLINK', key)
                return type(answer) == 'table' and failed('UNLINK', answer) or answer
            end},
            h = {1, function(key) return redis.pcall('HDEL', key, ARGV[target]) end},
            f = {1, function(key) return taken('HDEL', call('HDEL', key, ARGV[target])) end},
            x = {2, function(key) return redis.pcall('PEXPIREAT', key, ARGV[target]) end}
        }

        while a <= #ARGV and failure == '' do
            action = ARGV[a]
            local count, keysEach, valuesEach = tonumber(ARGV[a + 2]), tonumber(ARGV[a + 3]), tonumber(ARGV[a + 4])
            local holds = {}
            for letter in string.gmatch(ARGV[a + 1], '.') do holds[#holds + 1] = conditions[letter] end
            sessions, sets, proof = tonumber(ARGV[a + 5]), tonumber(ARGV[a + 6]), ARGV[a + 7]
            fieldCount = tonumber(ARGV[a + 8])
            local deadCount = tonumber(ARGV[a + 9])
            firstField = a + 10
            a = firstField + fieldCount + deadCount
            dead = deadCount > 0 and {}
            for i = a - deadCount, a - 1 do dead[ARGV[i]] = true end
            local width, act = actions[action][1], actions[action][2]
            local first, last, isEntry = holds[1], #holds, string.find('zslf', action, 1, true)
            local index
            local function noteEmptied()
                if index and call('EXISTS', index) == 0 then emptied[#emptied + 1] = #verdicts end
                index = nil
            end
            for i = 1, count do
                local nextKey, nextValue = k + keysEach, a + valuesEach
                local key = KEYS[k]
                target, k, a = a, k + 1, a + width
                local verdict = first and first(key)
                for j = 2, last do
                    if verdict then break end
                    verdict = holds[j](key)
                end
                if not verdict then verdict = act(key) end
                if type(verdict) == 'table' then
                    failure = verdict.err
                    break
                end
                verdicts[#verdicts + 1] = verdict
                k, a = nextKey, nextValue
                if isEntry and verdict == 1 then index = key end
                if index and (i == count or KEYS[k] ~= index) then noteEmptied() end
            end
            noteEmptied()
        end
        return {verdicts, emptied, failure}
        """
}
