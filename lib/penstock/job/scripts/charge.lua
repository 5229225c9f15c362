-- Puts another element in the place of a job that is held: one that charges it with the crash that
-- will have been if its instance dies now.
--
-- KEYS  1 inflight
-- ARGV  1 slot  2 element
--
-- Returns 1, or 0 when the slot is not held: then nothing was changed.
--
-- Safe to repeat.

local inflight, slot, element = KEYS[1], ARGV[1], ARGV[2]

redis.call('HDEL', inflight, '')  -- a no-op write, see fetch

if redis.call('HEXISTS', inflight, slot) == 0 then return 0 end
redis.call('HSET', inflight, slot, element)
return 1
