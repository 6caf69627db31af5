-- Moves a job that nobody has begun to the end of another queue; 0: it waits in its own no more.
-- KEYS 1: its queue   2: the other one   ARGV 1: id of the job   2: name of the other queue
if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then return 0 end
if redis.call('EXISTS', 'rq:job:' .. ARGV[1]) == 0 then return 0 end
redis.call('HSET', 'rq:job:' .. ARGV[1], 'origin', ARGV[2])
redis.call('RPUSH', KEYS[2], ARGV[1])
redis.call('SADD', 'rq:queues', KEYS[2])
return 1
