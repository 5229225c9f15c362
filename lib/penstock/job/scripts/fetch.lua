-- Takes jobs from a source into the inflight hash, adopts what the doorbell holds, arms it when the
-- source came out empty.
--
-- KEYS  1 source  2 inflight  3 wake
-- ARGV  1 pop: RIGHT or LEFT, the end that jobs leave from
--       2 count: how many to take, 500 at most; 0 only adopts
--       3 limit: elements of more bytes are taken, but only their size is returned
--       4 arm: a fresh ULID to arm the doorbell with; '' disarms it
--       5 rung: the slot of an element that a BLMOVE has brought to the caller and no call has
--         adopted yet; '' if there is none
--       6 its SHA-1, in hex
--       7… slots: at least `count` fresh ULIDs, ascending, never given before
--
-- Returns {armed, slot, element, elements}
--   armed     the ULID that the doorbell is armed with now, '' if it is not: the slot of the element
--             that the next BLMOVE source wake brings. It may be an earlier one than `arm`: a
--             doorbell that is armed stays so.
--   slot      '' or the slot of an element that rang the doorbell and was adopted by this call. The
--             caller has it already, unless the reply of its BLMOVE was lost.
--   element   that element
--   elements  [i] is held as the caller's slots[i]: its bytes; an integer, its size, if it is over
--             the limit; nil after a repeat, for a slot that is no longer held.
--
-- The doorbell is a list. Its tail is a mark with the ULID; a BLMOVE pushes the element that rang
-- to its head. One element under the mark is the one that rang. More than one, or one without a
-- mark, were moved by a BLMOVE that Redis still served although its caller had given up the
-- connection: what rang is then told by its SHA-1, and the others are taken like those of the
-- source, before them.
--
-- It stops short of 16 MiB in all, after one element at least: what the source holds then is for the
-- next call, and the doorbell is not armed.
--
-- Safe to repeat: if one of the slots is held, an earlier run of this call took these jobs, and
-- they are returned again. Elements are written before they are removed, so an error (a wrong type,
-- a missing permission) loses nothing.

local source, inflight, wake = KEYS[1], KEYS[2], KEYS[3]
local pop, limit, arm = ARGV[1], tonumber(ARGV[3]), ARGV[4]
local rung, sha1 = ARGV[5], ARGV[6]
local FIRST_SLOT = 7
local count = math.min(tonumber(ARGV[2]), #ARGV - FIRST_SLOT + 1, 500)
local MARK = 'penstock:wake:'
local MOST_BYTES = 16 * 1024 * 1024

-- A no-op, but a write: a script that has written is let through by a full Redis, and this one
-- takes no memory in the end. And what takes elements away is tried before any is written: without
-- the permission for it they would be here and there.
redis.call('HDEL', inflight, '')
redis.call('LTRIM', wake, 0, -1)

local function shown(element)
  if element and #element > limit then return #element end
  return element
end

local armed, adopted_slot, adopted, bytes = '', '', '', 0

-- Moves the element at `index` of the wake list into inflight.
local function adopt(slot, index)
  local element = redis.call('LINDEX', wake, index)
  redis.call('HSET', inflight, slot, element)
  redis.call('LSET', wake, index, MARK)
  redis.call('LREM', wake, -1, MARK)
  adopted_slot, adopted, bytes = slot, shown(element), #element
end

-- Where what rang stands in the wake list, looked for from `first` on towards the head.
local function index_of_rung(first, length)
  for index = first, -length, -1 do
    if redis.sha1hex(redis.call('LINDEX', wake, index)) == sha1 then return index end
  end
end

local length = redis.call('LLEN', wake)
local mark = length > 0 and redis.call('LINDEX', wake, -1)
if mark and string.sub(mark, 1, #MARK) == MARK then
  local ulid = string.sub(mark, #MARK + 1)
  if length == 1 then
    armed = ulid
  else
    adopt(ulid, length > 2 and ulid == rung and index_of_rung(-2, length) or -2)
    redis.call('RPOP', wake)
  end
elseif mark and rung ~= '' and redis.call('HEXISTS', inflight, rung) == 0 then
  local index = index_of_rung(-1, length)
  if index then adopt(rung, index) end
end

local elements = {}
if count > 0 then
  local held = redis.call('HMGET', inflight, unpack(ARGV, FIRST_SLOT, FIRST_SLOT + count - 1))
  for i = 1, count do
    if held[i] then
      for j = 1, count do held[j] = shown(held[j]) end
      return {armed, adopted_slot, adopted, held}
    end
  end
end

-- Takes up to what is left of `count` from a list, the end `from` first. What stands there may be
-- large, so it reads a few, then more and more as long as they are small.
local full = false
local function take(list, from)
  local right = from == 'RIGHT'
  local before, n, ahead, sum = #elements, 0, 4, bytes
  local fields = {}
  while not full and before + n < count do
    local read = math.min(ahead, count - before - n)
    local taken = right and redis.call('LRANGE', list, -(n + read), -(n + 1))
      or redis.call('LRANGE', list, n, n + read - 1)
    local found = #taken
    for i = 1, found do
      local element = taken[right and found + 1 - i or i]
      local size = #element
      sum = sum + size
      full = sum > MOST_BYTES and sum > size
      if full then break end
      n = n + 1
      fields[2 * n - 1] = ARGV[FIRST_SLOT - 1 + before + n]
      fields[2 * n] = element
      elements[before + n] = size > limit and size or element
    end
    if found < read then break end
    full = full or sum >= MOST_BYTES
    ahead = math.min(8 * ahead, math.ceil((MOST_BYTES - sum) * n / sum))
  end
  bytes = sum
  if n == 0 then return end
  redis.call('HSET', inflight, unpack(fields))
  if right then redis.call('LTRIM', list, 0, -(n + 1)) else redis.call('LTRIM', list, n, -1) end
end

if length > 0 and count > 0 and armed == '' then take(wake, 'RIGHT') end
if count > #elements and not full then take(source, pop) end

if arm == '' then
  if armed ~= '' then redis.call('DEL', wake) end
  armed = ''
elseif armed == '' and #elements < count and not full
  and redis.call('HEXISTS', inflight, arm) == 0 then
  redis.call('RPUSH', wake, MARK .. arm)
  armed = arm
end

return {armed, adopted_slot, adopted, elements}
