-- Takes what the doorbell of a dead instance holds into its inflight hash, and the doorbell down:
-- from then on all that the instance held is in one place. First step of a recovery.
--
-- KEYS  1 inflight  2 wake
-- ARGV  1… fresh ULIDs: slots for elements that rang without a mark (see fetch)
--
-- Returns how many elements are still there for want of slots; call again with fresh ones.
--
-- Safe to repeat: it takes what is left. A slot that is held already is passed over.

local inflight, wake = KEYS[1], KEYS[2]
local MARK = 'penstock:wake:'

redis.call('HDEL', inflight, '')  -- a no-op write, see fetch

local mark = redis.call('LINDEX', wake, -1)
if mark and string.sub(mark, 1, #MARK) == MARK then
  local element = redis.call('LINDEX', wake, -2)
  if element then redis.call('HSET', inflight, string.sub(mark, #MARK + 1), element) end
  redis.call('LTRIM', wake, 0, -3)
end

for _, slot in ipairs(ARGV) do
  local element = redis.call('LINDEX', wake, -1)
  if not element then break end
  if redis.call('HSETNX', inflight, slot, element) == 1 then redis.call('RPOP', wake) end
end

return redis.call('LLEN', wake)
