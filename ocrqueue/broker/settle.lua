-- Settles one page and releases the collector with the last one. Idempotent: a late second report
-- of the same page changes nothing; a failed page that succeeds after all releases it again.
-- KEYS as in keys.settle_keys
-- ARGV 1: page, or '' to settle nothing and say that the last page has been added
-- ARGV 2: 'done', 'doubtful' or 'failed'   3: id of the collector's job   4: time   5: score
-- ARGV 6 ...: what is counted with it: field, by how much, field, ...
local page, state = ARGV[1], ARGV[2]
local function count(field, by) redis.call('HINCRBY', KEYS[6], field, by) end

if page == '' then
  redis.call('DEL', KEYS[10])
else
  if redis.call('EXISTS', KEYS[1]) == 0 then return 'unknown' end
  if redis.call('GETBIT', KEYS[3], page) == 1 then return 'late' end
  if redis.call('SETBIT', KEYS[2], page, 0) == 1 then count('pending', -1) end
  if state == 'failed' then
    if redis.call('SETBIT', KEYS[4], page, 1) == 1 then return 'late' end
    count('failed', 1)
  else
    redis.call('SETBIT', KEYS[3], page, 1)
    count('done', 1)
    if redis.call('SETBIT', KEYS[4], page, 0) == 1 then count('failed', -1) end
    if state == 'doubtful' then
      redis.call('SETBIT', KEYS[5], page, 1)
      count('doubtful', 1)
    end
  end
  for place = 6, #ARGV, 2 do -- what somebody wrote there must not keep a page from settling
    redis.pcall('HINCRBY', KEYS[11], ARGV[place], ARGV[place + 1])
  end
end

if redis.call('EXISTS', KEYS[10]) == 1 then return 'open' end
if redis.call('BITCOUNT', KEYS[2]) > 0 then return 'settled' end
if redis.call('EXISTS', KEYS[8]) == 0 then return 'settled' end
redis.call('HSET', KEYS[8], 'status', 'queued', 'enqueued_at', ARGV[4])
redis.call('PERSIST', KEYS[8])
redis.call('LREM', KEYS[7], 0, ARGV[3])
redis.call('RPUSH', KEYS[7], ARGV[3])
redis.call('ZADD', KEYS[9], 'NX', ARGV[5], ARGV[3]:sub(1, -9))
return 'released'
