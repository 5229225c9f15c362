-- Adds to a queue's counters what an instance has gathered since it last did.
--
-- KEYS  1 stats  2 guard, of this instance
-- ARGV  1 flush: a name that this instance gives to no other call
--       2 ttl of the guard, in milliseconds: how long after its first run a repeat is known as one
--       then for each counter: field, increment
--
-- Returns 1, or 0 if this flush has been counted.
--
-- Safe to repeat: the guard knows the latest flush. An instance repeats a flush before it sends the
-- next.

local stats, guard = KEYS[1], KEYS[2]
if redis.call('GET', guard) == ARGV[1] then return 0 end
for i = 3, #ARGV, 2 do redis.call('HINCRBY', stats, ARGV[i], ARGV[i + 1]) end
redis.call('SET', guard, ARGV[1], 'PX', ARGV[2])
return 1
