/// The scripts by which entries go back into a list, and TTLs are taken back.
enum RestoreScript {
    /// By how many milliseconds an expiry time may seem to be off.
    static let tolerance = 100

    /// Puts members back where they stood. Redis has no command for "insert at": a marker takes the place of the element
    /// there, the member goes before the marker, and the element back to its place.
    ///
    /// KEYS: the list. ARGV: a text that no element is, when the list expires if it has to be made anew (epoch
    /// milliseconds or 0), then by position each position and member. Members that are there already are left out, and
    /// those after them move up unless they are still in their place. The answer: how many went back. An error leaves no
    /// marker behind: a right that is missing shows before the first LSET.
    static let insertIntoList = ServerScript(
        for: .other,
        source: """
            local list, marker, expiry = KEYS[1], ARGV[1], ARGV[2]
            local elements = redis.pcall('LRANGE', list, 0, -1)
            local function failed(answer) return type(answer) == 'table' and answer.err end
            if failed(elements) then return elements end
            local present, count, skipped, added, mayInsert = {}, #elements, 0, 0, false
            for i = 1, count do present[elements[i]] = true end
            for i = 3, #ARGV, 2 do
                local member = ARGV[i + 1]
                local position = tonumber(ARGV[i]) - skipped
                local answer = redis.pcall('LINDEX', list, position)
                if present[member] then
                    if failed(answer) then return answer end
                    if answer ~= member then skipped = skipped + 1 end
                else
                    local element = answer
                    if position >= count then
                        answer = redis.pcall('RPUSH', list, member)
                    else
                        if not failed(answer) and not mayInsert then
                            -- No element is the marker yet, so this does nothing.
                            answer = redis.pcall('LINSERT', list, 'BEFORE', marker, member)
                            mayInsert = not failed(answer)
                        end
                        if not failed(answer) then answer = redis.pcall('LSET', list, position, marker) end
                        if not failed(answer) then
                            answer = redis.pcall('LINSERT', list, 'BEFORE', marker, member)
                        end
                        if not failed(answer) then answer = redis.pcall('LSET', list, position + 1, element) end
                    end
                    if failed(answer) then return answer end
                    count = count + 1
                    added = added + 1
                end
            end
            if #elements == 0 and added > 0 and expiry ~= '0' then
                local answer = redis.pcall('PEXPIREAT', list, expiry)
                if failed(answer) then return answer end
            end
            return added
            """)

    /// Takes a TTL back, where it is still the one that was set.
    ///
    /// KEYS: the key. ARGV: the epoch milliseconds at which it was to expire. The answer: 1 (taken back), 0 (has none, or
    /// another one), -1 (is gone). Before Redis 7 no command tells the expiry time itself, and clock and TTL may be read a
    /// moment apart.
    static let persist = ServerScript(
        for: .other,
        source: """
            local clock = redis.call('TIME')
            local left = redis.pcall('PTTL', KEYS[1])
            if type(left) == 'table' then return left end
            if left == -2 then return -1 end
            local expiry = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000) + left
            if left < 0 or math.abs(expiry - tonumber(ARGV[1])) > \(tolerance) then return 0 end
            return redis.pcall('PERSIST', KEYS[1])
            """)
}
