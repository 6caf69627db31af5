-- Ends a document's life in the queue once it is collected, unless pages were added meanwhile, or
-- somebody else wants it: a producer is feeding it, or the collector was released again.
-- KEYS as in keys.settle_keys
-- ARGV 1: the document's name   2: seconds to keep its keys   3: id of the collector's job
--      4: the same where no page failed, so that none is wanted again
if redis.call('BITCOUNT', KEYS[2]) > 0 then return 0 end
if redis.call('EXISTS', KEYS[10]) == 1 then return 0 end
if redis.call('LPOS', KEYS[7], ARGV[3]) then return 0 end
redis.call('ZREM', KEYS[9], ARGV[1])
local kept_s = redis.call('BITCOUNT', KEYS[4]) > 0 and ARGV[2] or ARGV[4]
for i = 1, 5 do redis.call('EXPIRE', KEYS[i], kept_s) end
return 1
