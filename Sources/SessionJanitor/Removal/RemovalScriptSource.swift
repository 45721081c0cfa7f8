extension RemovalScript {
    /// Each condition returns nothing where it holds, else the verdict, or an error; it moves `k` and `a` behind its own KEYS
    /// and ARGV. Those that read leave what they have read in `text`, and others compare that. What runs for every entry and session calls the server without the prelude's detour, which costs as much as
    /// the command itself.
    static let source = """
        local verdicts, emptied, failure = {}, {}, ''
        local k, a, target, text = 1, 1, 1, ''
        local action, sessions, sets, proof, firstField, fieldCount, dead
        \(TouchProof.ticksSince)

        local KEYS, ARGV, call = KEYS, ARGV, server.pcall
        local function failed(command, answer) return {err = command .. ': ' .. answer.err} end

        local function isOfAnotherType(answer)
            return type(answer) == 'table' and answer.err and string.find(answer.err, 'WRONGTYPE', 1, true)
        end

        -- What is not as it was judged is kept; an error that says nothing of the key ends the work.
        local function other(answer)
            if type(answer) == 'table' and answer.err and not isOfAnotherType(answer) then return answer end
            return -1
        end

        -- Tells values in a row apart, and one that is missing from all others.
        local function mark(value) return value and #value .. ':' .. value or '-' end

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

        local function refusal(command, ...)
            if redis.acl_check_cmd and not redis.acl_check_cmd(command, ...) then
                return {err = command .. ': NOPERM this user may not put back what belongs to a live session'}
            end
        end
        -- Of an answer to a command that should do nothing: whether it may not be done at all.
        local function unless(answer, ...)
            if type(answer) ~= 'table' or not answer.err then return nil end
            for _, code in ipairs({'OOM', ...}) do
                if string.find(answer.err, code, 1, true) then return nil end
            end
            return answer
        end
        local returnable = {
            z = function(key) return refusal('ZADD', key, 'NX', '0', '') end,
            s = function(key) return refusal('SADD', key, '') end,
            l = function(key) return refusal('LINSERT', key, 'BEFORE', '', '') or refusal('RPUSH', key, '') end,
            k = function(key) return unless(redis.pcall('RESTORE', key, 0, redis.pcall('DUMP', key)), 'BUSYKEY') end,
            h = function(key)
                local left = redis.pcall('PTTL', key)
                local refused = type(left) == 'number' and left >= 0 and refusal('PEXPIRE', key, left)
                local held = redis.pcall('HGET', key, ARGV[target])
                return refused or unless(redis.pcall('HSETNX', key, ARGV[target], held))
            end
        }

        returnable.f = returnable.h

        local conditions
        conditions = {
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
            -- reads the string
            v = function(key)
                text = call('GET', key)
                if text == false then return 0 end
                if type(text) == 'table' then return other(failed('GET', text)) end
            end,
            -- reads the field
            m = function(key)
                text = redis.pcall('HGET', key, ARGV[target])
                if text == false then return 0 end
                if type(text) == 'table' then return other(text) end
            end,
            -- reads the fields
            f = function(key)
                local values = redis.pcall('HMGET', key, unpack(ARGV, firstField, firstField + fieldCount - 1))
                if values.err then return other(values) end
                for i = 1, fieldCount do values[i] = mark(values[i]) end
                text = table.concat(values)
            end,
            -- reads the string, or the fields
            g = function(key)
                local verdict = conditions.v(key)
                if isOfAnotherType(text) then return conditions.f(key) end
                return verdict
            end,
            -- reads the scores of the session's members as well
            s = function()
                text = mark(text)
                for i = 1, sets do
                    local score = redis.pcall('ZSCORE', KEYS[k], ARGV[a])
                    if isOfAnotherType(score) then score = false end
                    if type(score) == 'table' then return score end
                    text = text .. mark(score)
                    k, a = k + 1, a + 1
                end
            end,
            -- it was these bytes
            b = function()
                if text ~= ARGV[a] then return -1 end
                a = a + 1
            end,
            -- it has this fingerprint
            j = function()
                if string.sub(server.sha1hex(text), 1, 16) ~= ARGV[a] then return -1 end
                a = a + 1
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
                local score, wanted = call('ZSCORE', key, ARGV[target]), ARGV[target + 1]
                if not score then return 0 end
                if type(score) == 'table' then return taken('ZSCORE', score) end
                if wanted ~= '' and score ~= wanted and tonumber(score) ~= tonumber(wanted) then return -1 end
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
            x = {2, function(key) return redis.pcall('PEXPIREAT', key, ARGV[target]) end},
            n = {0, function() return 1 end}
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
                text = ''
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
