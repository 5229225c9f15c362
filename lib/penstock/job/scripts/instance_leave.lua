-- Gives an instance's lease back, or strikes a dead one's queues off its list once their jobs are
-- recovered. An instance without queues leaves the register; one that still has some stays, for
-- reapers to find.
--
-- KEYS  1 penstock:instances  2 penstock:instance:ID  3 penstock:instance:ID:queues
-- ARGV  1 ID  2 token: the leaver's own; or '' from a reaper, for an instance whose lease ran out
--       3… keys of queues that the instance holds no jobs of
--
-- Returns how many queues are left, -1 if the name belongs to a live instance that is not the
-- caller: then nothing was changed.
--
-- Safe to repeat.

local instances, instance, queues = KEYS[1], KEYS[2], KEYS[3]
local id, token = ARGV[1], ARGV[2]

local holder = redis.call('HGET', instance, 'token')
if holder and holder ~= token then return -1 end

redis.call('DEL', instance)
for i = 3, #ARGV do redis.call('SREM', queues, ARGV[i]) end
local left = redis.call('SCARD', queues)
if left == 0 then redis.call('ZREM', instances, id) end
return left
