-- Moves jobs that are due from the scheduled or retry set to the end of the source where producers
-- push.
--
-- KEYS  1 scheduled or retry  2 source
-- ARGV  1 pop: RIGHT or LEFT, the end that jobs leave from  2 limit: how many at most, 1,000 at most
--
-- Returns {moved, next, now}: the score of the job that is due next ('' if there is none), which
-- has passed already when more are due than the limit, and the time of Redis; both as text, Unix
-- seconds with a fraction.
--
-- Order: by due time. Safe to repeat: it moves what is due then. The source is written before the
-- jobs leave the set, so an error loses nothing.

local set, source = KEYS[1], KEYS[2]
local push = ARGV[1] == 'RIGHT' and 'LPUSH' or 'RPUSH'
local limit = math.min(tonumber(ARGV[2]), 1000)

local time = redis.call('TIME')
local now = string.format('%d.%06d', time[1], time[2])

local due = redis.call('ZRANGEBYSCORE', set, '-inf', now, 'LIMIT', 0, limit)
if #due > 0 then
  redis.call('ZREMRANGEBYRANK', set, 1, 0)  -- a no-op write, see fetch
  redis.call(push, source, unpack(due))
  redis.call('ZREMRANGEBYRANK', set, 0, #due - 1)
end

local first = redis.call('ZRANGE', set, 0, 0, 'WITHSCORES')
return {#due, first[2] or '', now}
