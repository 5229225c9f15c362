-- Keeps the dead set within its limits: by age, by number, by bytes; the oldest go first.
--
-- KEYS  1 dead  2 stats
-- ARGV  1 max: members  2 age: seconds  3 bytes
--
-- Returns {removed, bytes that the rest has}
--
-- The bytes are counted in the field dead_bytes of stats, which drifts when users add and remove
-- members by hand. So before anything is removed for its bytes, they are counted exactly. That
-- reads the whole set: to make it rare, a set that is too large is cut down to nine tenths. The
-- newest member stays, however large.
--
-- One call looks at 1,000 members by age and number each, so that it ends soon; what is left over
-- goes with the next call.
--
-- Safe to repeat: it does no more than the limits say.

local dead, stats = KEYS[1], KEYS[2]
local max, age, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local CHUNK, MOST = 100, 1000

local function size_of(members)
  local bytes = 0
  for i = 1, #members do bytes = bytes + #members[i] end
  return bytes
end

local function exact_bytes()
  local bytes, at = 0, 0
  repeat
    local members = redis.call('ZRANGE', dead, at, at + CHUNK - 1)
    bytes, at = bytes + size_of(members), at + CHUNK
  until #members < CHUNK
  return bytes
end

local field = redis.call('HGET', stats, 'dead_bytes')
local counted = tonumber(field or nil)
local bytes = counted
if not counted or counted < 0 or redis.call('ZCARD', dead) == 0 then bytes = exact_bytes() end
local removed = 0

local function remove_oldest(n)
  while n > 0 do
    local members = redis.call('ZRANGE', dead, 0, math.min(n, CHUNK) - 1)
    if #members == 0 then return end
    redis.call('ZREMRANGEBYRANK', dead, 0, #members - 1)
    bytes, removed, n = bytes - size_of(members), removed + #members, n - #members
  end
end

local now = redis.call('TIME')[1]
remove_oldest(math.min(redis.call('ZCOUNT', dead, '-inf', '(' .. now - age), MOST))
remove_oldest(math.min(redis.call('ZCARD', dead) - max, MOST))

if bytes > limit then
  bytes = exact_bytes()
  if bytes > limit then
    while bytes > limit * 0.9 and redis.call('ZCARD', dead) > 1 do remove_oldest(1) end
  end
end

if bytes ~= counted and (field or bytes > 0) then
  redis.call('HSET', stats, 'dead_bytes', string.format('%d', bytes))
end
return {removed, bytes}
