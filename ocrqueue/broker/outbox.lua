-- Keeps what somebody is to be told until he was told. The clock is the server's.
-- KEYS 1: the texts, by when they are due (ms)   2: counts
-- ARGV 1: what to do, a function of `act`; 2 ...: its arguments
local BOX, COUNTS = KEYS[1], KEYS[2]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local act = {}

-- Takes a text in that is due after a while; one that is there already is due then.
-- Where there are too many it is only counted: nobody listens, and pages need the memory.
function act.add(text, wait_ms, most)
  if redis.call('ZCARD', BOX) >= tonumber(most) then
    redis.pcall('HINCRBY', COUNTS, 'hooks dropped', 1)
    return 0
  end
  redis.call('ZADD', BOX, now + wait_ms, text)
  return 1
end

-- Lends a text that is due to who calls. If he dies, it is due again when the loan is over.
function act.take(lease_ms)
  local text = redis.call('ZRANGEBYSCORE', BOX, '-inf', now, 'LIMIT', 0, 1)[1]
  if not text then return { '', '0' } end
  local lent = string.format('%.0f', now + lease_ms)
  redis.call('ZADD', BOX, lent, text)
  return { text, lent }
end

-- Ends a loan: the text goes, or is due again after a while. One that was taken in anew meanwhile,
-- or is lent to somebody else by now, stays as it is.
function act.settle(text, lent, wait_ms, counted)
  if counted ~= '' then redis.pcall('HINCRBY', COUNTS, counted, 1) end
  if tonumber(redis.call('ZSCORE', BOX, text) or -1) ~= tonumber(lent) then return 0 end
  if wait_ms == '' then return redis.call('ZREM', BOX, text) end
  redis.call('ZADD', BOX, now + wait_ms, text)
  return 1
end

return act[ARGV[1]](unpack(ARGV, 2))
