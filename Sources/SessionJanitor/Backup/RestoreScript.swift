/// The script by which entries go back into a list.
enum RestoreScript {
    /// Puts members back where they stood. Redis has no command for "insert at": a marker takes the place of the element
    /// there, the member goes before the marker, and the element back to its place.
    ///
    /// KEYS: the list. ARGV: a text that no element is, when the list expires if it has to be made anew (epoch
    /// milliseconds or 0), then by position each position and member. Members that are there already are left out, and
    /// those after them move up unless they are still in their place. The answer: how many went back, or -1 if the key has another type now.
    static let insertIntoList = ServerScript(
        source: """
            local list, marker, expiry = KEYS[1], ARGV[1], ARGV[2]
            local elements = redis.pcall('LRANGE', list, 0, -1)
            if elements.err then
                if string.find(elements.err, 'WRONGTYPE', 1, true) then return -1 end
                return elements
            end
            local present, count, skipped, added = {}, #elements, 0, 0
            for i = 1, count do present[elements[i]] = true end
            for i = 3, #ARGV, 2 do
                local member = ARGV[i + 1]
                local position = tonumber(ARGV[i]) - skipped
                if present[member] then
                    if redis.call('LINDEX', list, position) ~= member then skipped = skipped + 1 end
                else
                    if position >= count then
                        redis.call('RPUSH', list, member)
                    else
                        local element = redis.call('LINDEX', list, position)
                        redis.call('LSET', list, position, marker)
                        redis.call('LINSERT', list, 'BEFORE', marker, member)
                        redis.call('LSET', list, position + 1, element)
                    end
                    count = count + 1
                    added = added + 1
                end
            end
            if #elements == 0 and added > 0 and expiry ~= '0' then redis.call('PEXPIREAT', list, expiry) end
            return added
            """)
}
