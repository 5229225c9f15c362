-- Pushes new jobs, at once or for later, each under its unique lock if it has one.
--
-- KEYS  1 source  2 scheduled  3 guard, of this producer  4… the locks that jobs name by their
--       place here
-- ARGV  1 pop: RIGHT or LEFT, the end that jobs leave from
--       2 batch: a name that this producer gives to no other call
--       3 ttl of the guard, in milliseconds: how long after its first run a repeat is known as one
--       4 ttl of the locks, in milliseconds, from when their jobs are due
--       then for each job:
--         element
--         when: '' now · '+MILLISECONDS' from now · else Unix seconds
--         lock: its place in KEYS, 0 for none
--         holder: the job's id, kept in the lock
--
-- Returns a flat list of the jobs that were refused: place in the batch, from 1, and the id of the
-- job that holds the lock. All others are in Redis.
--
-- Safe to repeat: the guard knows the batch, and nothing is pushed again. A repeat returns the same,
-- as far as the locks are still held. What could go wrong is looked at before the first write.

local source, scheduled, guard = KEYS[1], KEYS[2], KEYS[3]
local push = ARGV[1] == 'RIGHT' and 'LPUSH' or 'RPUSH'
local batch, guard_ttl, lock_ttl = ARGV[2], ARGV[3], ARGV[4]
local FIRST_JOB, FIELDS = 5, 4

local function expect(key, kind)
  local found = redis.call('TYPE', key).ok
  if found ~= 'none' and found ~= kind then error('WRONGTYPE ' .. key .. ' is a ' .. found, 0) end
end
expect(source, 'list')
expect(scheduled, 'zset')
for i = 3, #KEYS do expect(KEYS[i], 'string') end

local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6
local due = {}
for i = FIRST_JOB, #ARGV, FIELDS do
  local when = ARGV[i + 1]
  if string.sub(when, 1, 1) == '+' then when = now + string.sub(when, 2) / 1000 end
  due[i] = when ~= '' and string.format('%.6f', when)
end

local repeated = redis.call('GET', guard) == batch
redis.call('SET', guard, batch, 'PX', guard_ttl)

-- Whether the job may go on; else the id that keeps it from that.
local function lock(key, holder, at)
  if not repeated then
    local wait = at and math.max(at - now, 0) * 1000 or 0
    local ttl = string.format('%.0f', lock_ttl + wait)
    if redis.call('SET', key, holder, 'NX', 'PX', ttl) then return true end
    return false, redis.call('GET', key)
  end
  local other = redis.call('GET', key)
  return not other or other == holder, other
end

local refused = {}
for i = FIRST_JOB, #ARGV, FIELDS do
  local element, place, holder = ARGV[i], tonumber(ARGV[i + 2]), ARGV[i + 3]
  local free, other = true, nil
  if place > 0 then free, other = lock(KEYS[place], holder, due[i]) end
  if not free then
    refused[#refused + 1] = (i - 1) / FIELDS
    refused[#refused + 1] = other
  elseif not repeated then
    if due[i] then redis.call('ZADD', scheduled, due[i], element)
    else redis.call(push, source, element) end
  end
end
return refused
