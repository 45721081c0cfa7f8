/// The scripts for an index key whose sessions' keys are in other slots, so that no script can see both.
enum ClusterRemovalScript {
    /// Takes entries out of an index key; in a sorted set only those whose score is still the same.
    ///
    /// KEYS: the index key. ARGV: `z`, `s` or `l`, then the ids, each followed by its score in a sorted set. The answer:
    /// for each entry how often it was removed (0: was not there any more, -1: was added anew, -2: the key has another
    /// type now); 1 if the key is gone with its last entry; its former TTL in milliseconds; and the error that ended the work
    /// early, or an empty string. Nothing is taken out by a user who may not put it back, as far as Redis tells: from
    /// version 7 on.
    static let takeOut = ServerScript(
        source: """
            \(RemovalScript.takeEntry)
            local index, kind = KEYS[1], ARGV[1]
            local verdicts, removed, failure = {}, 0, ''
            local ttl = redis.call('PTTL', index)
            local returning = {
                z = {{'ZADD', index, 'NX', '0', ''}}, s = {{'SADD', index, ''}},
                l = {{'LINSERT', index, 'BEFORE', '', ''}, {'RPUSH', index, ''}}
            }
            for _, command in ipairs(redis.acl_check_cmd and returning[kind] or {}) do
                if not redis.acl_check_cmd(unpack(command)) then
                    failure = command[1] .. ': NOPERM this user may not put entries back where their session appears'
                    return {verdicts, 0, ttl, failure}
                end
            end
            for i = 2, #ARGV, kind == 'z' and 2 or 1 do
                local verdict = take(index, kind, ARGV[i], ARGV[i + 1])
                if type(verdict) == 'table' then
                    failure = verdict.err
                    break
                end
                if verdict > 0 then removed = removed + 1 end
                verdicts[#verdicts + 1] = verdict
            end
            local gone = 0
            if removed > 0 and redis.call('EXISTS', index) == 0 then gone = 1 end
            return {verdicts, gone, ttl, failure}
            """)

    /// What scripts that take something out of a key have in common: a key whose TTL was set, taken away or renewed since it
    /// was looked at, as the second of ARGV tells, stays.
    private static let leaveTouched = """
        local left, before = redis.pcall('PTTL', key), tonumber(ARGV[2])
        if type(left) == 'table' then return left end
        if left > before or (left < 0) ~= (before < 0) then return -1 end
        """

    /// Takes a whole key out, if it is still as it was looked at, and if it could be put back.
    ///
    /// KEYS: the key. ARGV: what DUMP gave; the milliseconds it had left, -1 for none; and of a pointer the session id that
    /// it held. The verdict: 1 (removed), 0 (is gone), -1 (is another one now, or was touched).
    static let takeKey = ServerScript.judgingEachKey(
        """
        local payload = redis.pcall('DUMP', key)
        if payload == false then return 0 end
        if type(payload) == 'table' then return payload end
        if payload ~= ARGV[1] then return -1 end
        if ARGV[3] and redis.pcall('GET', key) ~= ARGV[3] then return -1 end
        \(leaveTouched)
        -- The key is there, so this does nothing, unless it may not be done at all.
        local answer = redis.pcall('RESTORE', key, 0, payload)
        if type(answer) == 'table' and answer.err and not string.find(answer.err, 'BUSYKEY', 1, true)
            and not string.find(answer.err, 'OOM', 1, true) then return answer end
        return redis.pcall('UNLINK', key)
        """)

    /// Takes a field out of a hash, if it still holds the session id that was judged, and if it could be put back.
    ///
    /// KEYS: the hash. ARGV: the field; the milliseconds that the hash had left, -1 for none; and the session id. The
    /// verdict: 1 (removed), 0 (is gone), -1 (is another one now, or the hash's TTL is). That the user may give a hash that is gone with this
    /// field its TTL again, Redis tells from version 7 on.
    static let takeField = ServerScript.judgingEachKey(
        """
        local held = redis.pcall('HGET', key, ARGV[1])
        if held == false then return 0 end
        if type(held) == 'table' and not string.find(held.err, 'WRONGTYPE', 1, true) then return held end
        if held ~= ARGV[3] then return -1 end
        \(leaveTouched)
        if left >= 0 and redis.acl_check_cmd and not redis.acl_check_cmd('PEXPIRE', key, left) then
            return {err = 'PEXPIRE: NOPERM this user may not put fields back where their session appears'}
        end
        -- The field is there, so this does nothing, unless it may not be done at all.
        local answer = redis.pcall('HSETNX', key, ARGV[1], held)
        if type(answer) == 'table' and not string.find(answer.err, 'OOM', 1, true) then return answer end
        return redis.pcall('HDEL', key, ARGV[1])
        """)

    // A script that has changed something may go on although the server's memory is full. So those that put something back
    // begin with a command that needs no room and removes nothing; to Redis it has changed something all the same. It is
    // one that the taking out has needed.

    /// Puts a key back whose session has appeared; what is there again already stays as it is.
    ///
    /// KEYS: the key. ARGV: the milliseconds that it has left, 0 for one that does not expire; and what DUMP gave. The
    /// verdict: 1 (put back), 0 (something is there).
    static let putBackKey = ServerScript.judgingEachKey(
        for: .other,
        """
        local there = redis.pcall('EXISTS', key)
        if there == 1 then return 0 end
        if there ~= 0 then return there end
        redis.pcall('UNLINK', key)
        local answer = redis.pcall('RESTORE', key, ARGV[1], ARGV[2])
        return answer.err and answer or 1
        """)

    /// Puts a field back whose session has appeared; one that is there again already stays as it is, and so does a key
    /// that is no hash any more.
    ///
    /// KEYS: the hash. ARGV: the field; what it held; and the milliseconds that the hash had left, 0 for one that did not
    /// expire, for a hash that was gone with the field. The verdict: 1 (put back), 0 (something is there).
    static let putBackField = ServerScript.judgingEachKey(
        for: .other,
        """
        local there, left = redis.pcall('EXISTS', key), tonumber(ARGV[3])
        if type(there) == 'table' then return there end
        local answer = redis.pcall('HGET', key, ARGV[1])
        if answer == false then
            redis.pcall('HDEL', key, ARGV[1])
            answer = redis.pcall('HSETNX', key, ARGV[1], ARGV[2])
        elseif type(answer) == 'string' or string.find(answer.err, 'WRONGTYPE', 1, true) then
            return 0
        end
        if answer ~= 1 or there == 1 or left == 0 then return answer end
        return redis.pcall('PEXPIRE', key, left)
        """)

    /// Puts entries back whose session has appeared; what is there again already stays as it is.
    ///
    /// KEYS: the index key. ARGV: `z`, `s` or `l`, the key's former TTL, then the ids, each followed by its score in a
    /// sorted set. The answer: 1 if the key had been gone; and an error, or an empty string.
    static let putBack = ServerScript(
        for: .other,
        source: """
            local index, kind, ttl = KEYS[1], ARGV[1], tonumber(ARGV[2])
            local wasGone = redis.call('EXISTS', index) == 0
            local failure = ''
            local nobody = redis.sha1hex('no id is this: ' .. index)
            if kind == 'z' then
                redis.pcall('ZREM', index, nobody)
            elseif kind == 's' then
                redis.pcall('SREM', index, nobody)
            else
                redis.pcall('LREM', index, 1, nobody)
            end
            for i = 3, #ARGV, kind == 'z' and 2 or 1 do
                local id, answer = ARGV[i], 0
                if kind == 'z' then
                    answer = redis.pcall('ZADD', index, 'NX', ARGV[i + 1], id)
                elseif kind == 's' then
                    answer = redis.pcall('SADD', index, id)
                else
                    answer = redis.pcall('LINSERT', index, 'BEFORE', id, id)
                    if type(answer) == 'number' then
                        if answer > 0 then
                            answer = redis.pcall('LREM', index, 1, id)
                        else
                            answer = redis.pcall('RPUSH', index, id)
                        end
                    end
                end
                if type(answer) == 'table' and not string.find(answer.err, 'WRONGTYPE', 1, true) then
                    failure = answer.err
                    break
                end
            end
            if wasGone and ttl > 0 then redis.call('PEXPIRE', index, ttl) end
            return {wasGone and 1 or 0, failure}
            """)
}
