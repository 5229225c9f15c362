-- Moves jobs that a dead instance held: back to their source, ahead of all that is in it, or to the
-- dead set. Any number of reapers may try the same ones.
--
-- KEYS  1 source  2 inflight, of the dead instance  3 dead  4 stats
-- ARGV  1 pop: RIGHT or LEFT
--       then for each job, in the order of their slots: slot, element as it was read, the envelope
--       to put in its place ('' leaves the element as it stands, read or not), source or dead
--
-- Give the latest slots first if several calls are needed: then what was fetched first leaves first
-- again.
--
-- Returns {to the source, to the dead set, not moved}, as numbers: a slot that is not held, or
-- holds another element than was read, is left alone.
--
-- Safe to repeat: a slot that was moved by an earlier run is not held. A job is written to its new
-- place before it leaves inflight, so an error loses nothing. Follow a burial with trim.

local source, inflight, dead, stats = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local push = ARGV[1] == 'RIGHT' and 'RPUSH' or 'LPUSH'

redis.call('HDEL', inflight, '')  -- a no-op write, see fetch

local time = redis.call('TIME')
local now = string.format('%d.%06d', time[1], time[2])
local revived, buried, left, buried_bytes = 0, 0, 0, 0

for i = #ARGV - 3, 2, -4 do
  local slot, read, envelope, place = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local element = redis.call('HGET', inflight, slot)
  if not element or (envelope ~= '' and element ~= read) then
    left = left + 1
  else
    local member = envelope ~= '' and envelope or element
    if place == 'dead' then
      if redis.call('ZADD', dead, now, member) == 1 then buried_bytes = buried_bytes + #member end
      buried = buried + 1
    else
      redis.call(push, source, member)
      revived = revived + 1
    end
    redis.call('HDEL', inflight, slot)
  end
end

-- Counted here, in the same step: an instance that recovers is often one that dies again soon.
if buried_bytes > 0 then redis.pcall('HINCRBY', stats, 'dead_bytes', buried_bytes) end
if buried > 0 then redis.pcall('HINCRBY', stats, 'buried', buried) end
if revived + buried > 0 then redis.pcall('HINCRBY', stats, 'crashed', revived + buried) end
return {revived, buried, left}
