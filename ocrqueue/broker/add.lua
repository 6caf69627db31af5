-- Marks pages as pending, whatever they were before. Idempotent.
-- KEYS as in keys.settle_keys; ARGV 1..n: page numbers
for _, page in ipairs(ARGV) do
  if redis.call('SETBIT', KEYS[2], page, 1) == 0 then
    redis.call('HINCRBY', KEYS[6], 'pending', 1)
  end
  if redis.call('SETBIT', KEYS[3], page, 0) == 1 then
    redis.call('HINCRBY', KEYS[6], 'done', -1)
  end
  if redis.call('SETBIT', KEYS[4], page, 0) == 1 then
    redis.call('HINCRBY', KEYS[6], 'failed', -1)
  end
  if redis.call('SETBIT', KEYS[5], page, 0) == 1 then
    redis.call('HINCRBY', KEYS[6], 'doubtful', -1)
  end
end
