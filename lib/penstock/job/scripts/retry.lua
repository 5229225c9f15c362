-- Puts off jobs that failed or snooze: from inflight to the retry set, each with its own delay.
--
-- KEYS  1 inflight  2 retry
-- ARGV  for each job: slot, delay in milliseconds, envelope
--
-- Returns the slots that were not held, whose jobs were left alone.
--
-- Safe to repeat: a slot that was moved by an earlier run is not held. The retry set is written
-- before the job leaves inflight, so an error loses nothing.

local inflight, retry = KEYS[1], KEYS[2]

redis.call('HDEL', inflight, '')  -- a no-op write, see fetch

-- Equal envelopes are jobs of their own, but a set holds a member once: white space behind an
-- envelope, made of the slot, tells it from its equals.
local function apart(set, member, slot)
  if not redis.call('ZSCORE', set, member) then return member end
  return member .. string.gsub(slot, '.', function(letter)
    return string.rep(' ', string.byte(letter)) .. '\t'
  end)
end

local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6
local late = {}
for i = 1, #ARGV, 3 do
  local slot = ARGV[i]
  if redis.call('HEXISTS', inflight, slot) == 1 then
    local due = string.format('%.6f', now + ARGV[i + 1] / 1000)
    redis.call('ZADD', retry, due, apart(retry, ARGV[i + 2], slot))
    redis.call('HDEL', inflight, slot)
  else
    late[#late + 1] = slot
  end
end
return late
