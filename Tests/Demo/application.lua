-- A believable application after a year without a janitor, for `make demo`: some thousand users with their devices.
-- What differs between users follows from their number, so that every demo shows the same figures.
-- KEYS: none. ARGV: the first and the last user to write (in portions, as one script should not run for long).

local agents = {
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
    'Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0',
}
local providers = {'google', 'password', 'github'}
local day = 86400
local now = tonumber(redis.call('TIME')[1])

local function token(user, device)
    return string.sub(redis.sha1hex(user .. '/' .. device), 1, 40) .. 'A_' .. device % 10
end

for user = tonumber(ARGV[1]), tonumber(ARGV[2]) do
    local email = string.format('user%04d@example.com', user)
    for device = 1, 1 + user % 5 do
        local id = token(user, device)
        local key = 'appauth:sess:' .. id
        local age = (user * 7 + device * 13) % 45 -- days since the login
        local login = now - age * day - user % 997 - 0.25
        local session = {
            ts = login, exp = now + 14 * day, sub = 'sub-' .. user, email = email, ua = agents[1 + device % 3],
            ip = string.format('10.%d.%d.%d', user % 200, device, user % 250), provider = providers[1 + user % 3],
        }
        local number = user * 5 + device
        if number % 97 == 0 then session.ts, session.exp = nil, nil end -- written by an old version: undated
        local isUnindexed = number % 89 == 0 -- the index was lost in a fail-over
        local isOrphaned = number % 6 == 0 -- logged out, or expired by its TTL: the list did not follow
        if not isUnindexed then redis.call('ZADD', 'appauth:usess:' .. email, login, id) end
        if not isOrphaned then redis.call('SET', key, cjson.encode(session), 'EX', 14 * day) end
    end
    if user % 40 == 0 then redis.call('SET', 'appauth:state:' .. user, 'pending', 'EX', 600) end
    redis.call('SET', 'cache:profile:' .. user, email)
end
