-- Renews an instance's lease, with news of what it does.
--
-- KEYS  1 penstock:instances  2 penstock:instance:ID
-- ARGV  1 ID  2 token  3 ttl of the lease, in milliseconds  then fields and values
--
-- Returns {1, now}, or {0, now, holder} when the lease is lost: to the token `holder`, or '' if it
-- ran out and nobody has the name. A lost lease is never renewed: others may be at its jobs.
--
-- Safe to repeat.

local instances, instance = KEYS[1], KEYS[2]
local id, token, ttl = ARGV[1], ARGV[2], ARGV[3]

redis.call('HDEL', instance, '')  -- a no-op write, see fetch

local time = redis.call('TIME')
local now = string.format('%d.%06d', time[1], time[2])

local holder = redis.call('HGET', instance, 'token')
if holder ~= token then return {0, now, holder or ''} end

if #ARGV > 3 then redis.call('HSET', instance, unpack(ARGV, 4)) end
redis.call('PEXPIRE', instance, ttl)
redis.call('ZADD', instances, now, id)
return {1, now}
