-- Gives jobs back to their source, to the end they leave from: what was fetched first leaves first
-- again, ahead of all that is in the source.
--
-- KEYS  1 inflight  2 source
-- ARGV  1 pop: RIGHT or LEFT
--       then for each job, in the order of fetching: slot, element: '' as it stands, or the envelope
--       to put in its place (of a run that was cancelled)
--
-- Give all jobs in one call; of several calls the one with the latest jobs comes first.
--
-- Returns the slots that were not held, whose jobs were left alone.
--
-- Safe to repeat: a slot that was given back by an earlier run is not held. The source is written
-- before the job leaves inflight, so an error loses nothing.

local inflight, source = KEYS[1], KEYS[2]
local push = ARGV[1] == 'RIGHT' and 'RPUSH' or 'LPUSH'

redis.call('HDEL', inflight, '')  -- a no-op write, see fetch

local late = {}
for i = #ARGV - 1, 2, -2 do
  local slot = ARGV[i]
  local element = redis.call('HGET', inflight, slot)
  if element then
    redis.call(push, source, ARGV[i + 1] == '' and element or ARGV[i + 1])
    redis.call('HDEL', inflight, slot)
  else
    late[#late + 1] = slot
  end
end
return late
