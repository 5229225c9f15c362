-- Takes an instance's name: a lease that must be renewed, and the list of the queues whose jobs the
-- instance may hold.
--
-- KEYS  1 penstock:instances  2 penstock:instance:ID  3 penstock:instance:ID:queues
-- ARGV  1 ID  2 token: this process's own  3 ttl of the lease, in milliseconds
--       4 the token of a holder that the caller knows to be dead (same host, no such process),
--         '' for none
--       5 n: how many queues, and their keys; then fields and values of the instance
--
-- Returns {1, now}, or {0, now, field, value…} of the live holder. now is Redis' time in Unix
-- seconds, as text.
--
-- Safe to repeat: the holder may register again.

local instances, instance, queues = KEYS[1], KEYS[2], KEYS[3]
local id, token, ttl, dead = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local last_queue = 5 + ARGV[5]

local time = redis.call('TIME')
local now = string.format('%d.%06d', time[1], time[2])

local holder = redis.call('HGET', instance, 'token')
if holder and holder ~= token and holder ~= dead then
  return {0, now, unpack(redis.call('HGETALL', instance))}
end

redis.call('DEL', instance)
redis.call('HSET', instance, 'token', token, unpack(ARGV, last_queue + 1))
redis.call('PEXPIRE', instance, ttl)
redis.call('ZADD', instances, now, id)
for i = 6, last_queue do redis.call('SADD', queues, ARGV[i]) end
return {1, now}
