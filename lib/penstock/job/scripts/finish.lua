-- Ends deliveries for good: done and dropped jobs leave, buried ones go to the dead set; in the
-- same step a job's result is stored, who waits for it is answered, its unique lock is let go.
-- (A batch of done jobs with none of these needs no script: HDEL inflight slot…)
--
-- KEYS  1 inflight  2 dead  3 stats  4… the keys that effects name by their place here
-- ARGV  1 ttl of results and answers, in milliseconds
--       then for each job:
--         slot
--         fate: '' leaves · '=' to the dead set as it stands (but told apart from its equals) · else
--           its envelope for the dead set
--         n: how many effects, and for each of them
--           op: set (a result), push (a reply, to a list of the user's), answer (the same, to a list
--             made for it, which expires), unlock (if the key holds the value)
--           key: its place in KEYS
--           value
--
-- Returns {late, failed}
--   late    the slots that were not held, whose jobs were left alone
--   failed  how many effects could not be had, for a key of the wrong type or a missing permission;
--           they do not keep a job from ending
--
-- Safe to repeat: a slot that was ended by an earlier run is not held, and reported as late. The
-- dead set is written before the job leaves inflight, so an error loses nothing. Follow a burial
-- with trim.

local inflight, dead, stats = KEYS[1], KEYS[2], KEYS[3]
local ttl = ARGV[1]

redis.call('HDEL', inflight, '')  -- a no-op write, see fetch

local effects = {
  set = function(key, value) return redis.pcall('SET', key, value, 'PX', ttl) end,
  push = function(key, value) return redis.pcall('LPUSH', key, value) end,
  answer = function(key, value)
    local pushed = redis.pcall('LPUSH', key, value)
    if type(pushed) == 'table' then return pushed end
    return redis.pcall('PEXPIRE', key, ttl)
  end,
  unlock = function(key, value)
    local holder = redis.pcall('GET', key)
    if holder ~= value then return holder end
    return redis.pcall('DEL', key)
  end,
}

local time = redis.call('TIME')
local now = string.format('%d.%06d', time[1], time[2])
local late, failed, buried_bytes = {}, 0, 0

-- Equal members are jobs of their own, but a set holds a member once: white space behind one, made of
-- the slot, tells it from its equals.
local function apart(set, member, slot)
  if not redis.call('ZSCORE', set, member) then return member end
  return member .. string.gsub(slot, '.', function(letter)
    return string.rep(' ', string.byte(letter)) .. '\t'
  end)
end

local function bury(slot, fate)
  local member = apart(dead, fate == '=' and redis.call('HGET', inflight, slot) or fate, slot)
  redis.call('ZADD', dead, now, member)
  buried_bytes = buried_bytes + #member
end

local i = 2
while i <= #ARGV do
  local slot, fate, n = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  local held = redis.call('HEXISTS', inflight, slot) == 1
  if held then
    if fate ~= '' then bury(slot, fate) end
    redis.call('HDEL', inflight, slot)
  else
    late[#late + 1] = slot
  end
  for e = i + 3, i + 3 * n, 3 do
    if held then
      local reply = effects[ARGV[e]](KEYS[tonumber(ARGV[e + 1])], ARGV[e + 2])
      if type(reply) == 'table' and reply.err then failed = failed + 1 end
    end
  end
  i = i + 3 + 3 * n
end

if buried_bytes > 0 then redis.pcall('HINCRBY', stats, 'dead_bytes', buried_bytes) end
return {late, failed}
