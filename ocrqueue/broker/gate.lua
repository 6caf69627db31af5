-- Lets the requests of a pool of workers out one by one, and books what they cost.
-- KEYS 1: ocrq:gate:P, with which all names below begin (the table is in keys.py)
-- ARGV 1: what to do, a function of `act`; 2 ...: its arguments, '' where there is none
-- Amounts are micro-USD. The clock is the server's: processes on several machines share no other.
-- Every check comes before the first write, so that a script that fails has changed nothing.
local POOL, LEASES = KEYS[1], KEYS[1] .. ':leases'
local WINDOWS = { 'run', 'day', 'month' }
local DAY_S = 86400
local KEPT_S = { run = 90 * DAY_S, day = 40 * DAY_S, month = 400 * DAY_S }
-- Nothing is set further ahead than this. What is, was written before the clock was put back.
local LONGEST_MS, LONGEST_LEASE_MS = 2 * DAY_S * 1000, 600000
local HELD_MS, BUSY_MS = 1000, 500 -- when to ask again for what may come free at any moment
local SETTLED_S = 900 -- a settled request is remembered, longer than anybody waits for the server
local FEWER_MS = 600000 -- how long fewer requests are let out after the service asked for it

local clock = redis.call('TIME')
local now_us = clock[1] * 1000000 + clock[2]
local now = math.floor(now_us / 1000)

local function whole(number) return string.format('%.0f', number) end

local function left(time)
  local ms = (tonumber(time or 0) or 0) - now
  return ms > LONGEST_MS and 0 or math.max(ms, 0)
end

-- Returns how long the pool still pauses. What would last longer than the pause that was asked for
-- was written before the clock was put back: the pause is over, or will be asked for again.
local function pause_left()
  local known = redis.call('HMGET', POOL, 'pause_until', 'pause_ms')
  local rest = left(known[1])
  return rest > (tonumber(known[2] or LONGEST_MS) or 0) and 0 or rest
end

-- Returns the UTC day and month of a time in seconds, and how many seconds they still last.
local function calendar(seconds)
  local function leap(year) return year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0) end
  local function days_of(year) return leap(year) and 366 or 365 end
  local day, year, month = math.floor(seconds / DAY_S), 1970, 1
  while day >= days_of(year) do
    day, year = day - days_of(year), year + 1
  end
  local lengths = { 31, leap(year) and 29 or 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }
  while day >= lengths[month] do
    day, month = day - lengths[month], month + 1
  end
  local rest = DAY_S - seconds % DAY_S
  return {
    day = string.format('%04d%02d%02d', year, month, day + 1),
    month = string.format('%04d%02d', year, month),
    lasts = { day = rest, month = rest + (lengths[month] - day - 1) * DAY_S },
  }
end

local function windows_now(run)
  local found = calendar(tonumber(clock[1]))
  found.run = run
  return found
end

local function window_key(hold, window) return POOL .. ':' .. window .. ':' .. hold[window] end

-- Returns what is spent, held and allowed; a cap that was raised counts where it is the larger one.
local function account(hold, window, cap)
  local known = redis.call('HMGET', window_key(hold, window), 'spent', 'held', 'cap')
  local given, raised = tonumber(cap), tonumber(known[3])
  if raised and (not given or raised > given) then given = raised end
  return tonumber(known[1] or 0), tonumber(known[2] or 0), given
end

-- Adds, and never SETs: a window that begins while others book into it must lose nothing.
local function add(key, field, by)
  if redis.call('HINCRBY', key, field, whole(by)) < 0 then -- its key was deleted by hand
    redis.call('HSET', key, field, 0)
  end
end

local function book(hold, spent, held)
  for _, window in ipairs(WINDOWS) do
    local key = window_key(hold, window)
    add(key, 'spent', spent)
    add(key, 'held', held)
    redis.call('EXPIRE', key, KEPT_S[window])
  end
end

local function hold_key(id) return POOL .. ':hold:' .. id end

local function hold_of(id)
  local names = { 'amount', 'run', 'day', 'month', 'state' }
  local known = redis.call('HMGET', hold_key(id), unpack(names))
  if not known[1] then return nil end
  local hold = {}
  for place, name in ipairs(names) do hold[name] = known[place] end
  hold.amount = tonumber(hold.amount)
  return hold
end

local function keep(id, hold, state)
  redis.call('HSET', hold_key(id), 'amount', whole(hold.amount), 'run', hold.run,
    'day', hold.day, 'month', hold.month, 'state', state)
end

-- Ends the leases of processes that died. What they held counts as spent: it may have been billed.
local function sweep()
  local dead = redis.call('ZRANGEBYSCORE', LEASES, '-inf', now)
  local odd = redis.call('ZRANGEBYSCORE', LEASES, '(' .. whole(now + LONGEST_LEASE_MS), '+inf')
  for _, id in ipairs(odd) do dead[#dead + 1] = id end
  for _, id in ipairs(dead) do
    redis.call('ZREM', LEASES, id)
    local hold = hold_of(id)
    if hold and hold.state == 'held' then
      book(hold, hold.amount, 0 - hold.amount)
      redis.call('HSET', hold_key(id), 'state', 'expired')
      redis.call('EXPIRE', hold_key(id), DAY_S)
    end
  end
end

local function over_budget(wish, caps)
  local has_cap, may_come_free = false, false
  for _, window in ipairs(WINDOWS) do
    local spent, held, cap = account(wish, window, caps[window])
    if cap then
      has_cap = true
      if spent + wish.amount > cap then
        return { 'refused', 'budget', window, whole(wish.lasts[window] or 0) }
      end
      may_come_free = may_come_free or spent + held + wish.amount > cap
    end
  end
  -- Without a cap only what is free may leave, and only while it proves to be free.
  if not has_cap and wish.amount + account(wish, 'run', '') > 0 then
    return { 'refused', 'budget', '', '0' }
  end
  return may_come_free and { 'wait', 'held', HELD_MS } or nil
end

-- Returns whether the model is barred, and whether this request is to try if it is back.
local function barred(model)
  local known = redis.call('HMGET', POOL .. ':model:' .. model, 'open_until', 'probe')
  if not known[1] then return false, false end
  if left(known[1]) > 0 then return true, false end
  return known[2] and redis.call('ZSCORE', LEASES, known[2]), true
end

local function slots_of(limit)
  local known = redis.call('HMGET', POOL, 'slots', 'slots_until')
  return left(known[2]) > 0 and math.min(tonumber(known[1]), tonumber(limit)) or tonumber(limit)
end

-- Returns the moment at which the next request would be on time, and how long to wait for it.
local function pace(every_us)
  local next_us = tonumber(redis.call('HGET', POOL, 'next_us') or 0)
  if next_us < now_us or next_us > now_us + every_us then next_us = now_us end
  return next_us, math.ceil((next_us - now_us) / 1000)
end

local act = {}

function act.admit(id, model, run, amount, run_cap, day_cap, month_cap, limit, every_us, ms)
  if redis.call('EXISTS', hold_key(id)) == 1 then return { 'go', 0 } end -- our answer got lost
  sweep()
  local wish = windows_now(run)
  wish.amount = tonumber(amount)
  local no = over_budget(wish, { run = run_cap, day = day_cap, month = month_cap })
  if no and no[1] == 'refused' then return no end
  local closed, probing = barred(model)
  if closed then return { 'refused', 'model', '', '0' } end
  local paused = pause_left()
  if paused > 0 then return { 'wait', 'paused', paused } end
  if redis.call('ZCARD', LEASES) >= slots_of(limit) then return { 'wait', 'busy', BUSY_MS } end
  if no then return no end
  local next_us, early = pace(tonumber(every_us))
  if early > 0 then return { 'wait', 'rate', early } end

  redis.call('HSET', POOL, 'next_us', whole(next_us + every_us))
  redis.call('EXPIRE', POOL, 3 * DAY_S)
  redis.call('ZADD', LEASES, whole(now + ms), id)
  keep(id, wish, 'held')
  book(wish, 0, wish.amount)
  if probing then redis.call('HSET', POOL .. ':model:' .. model, 'probe', id) end
  return { 'go', probing and 1 or 0 }
end

function act.renew(id, ms)
  local until_ms = redis.call('ZSCORE', LEASES, id)
  if left(until_ms) == 0 then return 0 end
  redis.call('ZADD', LEASES, 'XX', whole(now + ms), id)
  return 1
end

-- Books what a request has cost, or what was held for it where nobody knows. Idempotent; a cost
-- that becomes known later corrects what was presumed, in the windows of the hold.
function act.settle(id, cost, amount, run)
  -- First, because a full server lets a script go on that has begun with a write it allows.
  redis.call('ZREM', LEASES, id)
  local hold, paid = hold_of(id), tonumber(cost)
  if not hold then -- lost with the server's last second: what was sent is booked all the same
    hold = windows_now(run)
    hold.amount, hold.state = tonumber(amount), 'lost'
  end
  if hold.state == 'settled' then return 0 end
  local presumed = hold.state == 'expired' or hold.state == 'unknown'
  local held = hold.state == 'held' and hold.amount or 0
  book(hold, (paid or hold.amount) - (presumed and hold.amount or 0), 0 - held)
  keep(id, hold, paid and 'settled' or 'unknown')
  redis.call('EXPIRE', hold_key(id), paid and SETTLED_S or DAY_S)
  return 1
end

function act.pause(ms, why, fewer, limit)
  local before = pause_left()
  if fewer ~= '' and before == 0 then -- once a pause: those that were under way ask for it as well
    local slots = math.floor(math.min(slots_of(limit), redis.call('ZCARD', LEASES)) / 2)
    redis.call('HSET', POOL, 'slots', math.max(slots, 1), 'slots_until', whole(now + ms + FEWER_MS))
  end
  if tonumber(ms) > before then
    redis.call('HSET', POOL, 'pause_until', whole(now + ms), 'pause_ms', ms, 'pause_why', why)
  end
  redis.call('EXPIRE', POOL, 3 * DAY_S)
end

-- Notes that a model answered or failed. While it is barred, only the probe's word counts.
function act.tell(model, good, id, limit, within_ms, open_ms)
  local key = POOL .. ':model:' .. model
  local known = redis.call('HMGET', key, 'open_until', 'probe')
  if known[1] and known[2] ~= id then return end
  if good ~= '' then return redis.call('DEL', key) end
  local fails = redis.call('HINCRBY', key, 'fails', 1)
  redis.call('PEXPIRE', key, within_ms)
  if known[1] or fails >= tonumber(limit) then
    redis.call('HSET', key, 'open_until', whole(now + open_ms))
    redis.call('EXPIRE', key, 3 * DAY_S)
  end
end

function act.raise(run, ...)
  local present = windows_now(run)
  for place, window in ipairs(WINDOWS) do
    local key, cap = window_key(present, window), tonumber((select(place, ...)))
    if cap and cap > tonumber(redis.call('HGET', key, 'cap') or -1) then
      redis.call('HSET', key, 'cap', whole(cap))
      redis.call('EXPIRE', key, KEPT_S[window])
    end
  end
end

function act.state(run, run_cap, day_cap, month_cap)
  sweep()
  local present, caps = windows_now(run), { run = run_cap, day = day_cap, month = month_cap }
  local told = { windows = {} }
  for place, window in ipairs(WINDOWS) do
    local spent, held, cap = account(present, window, caps[window])
    told.windows[place] = { name = window, label = present[window], spent_micro_usd = spent,
      held_micro_usd = held, cap_micro_usd = cap, resets_s = present.lasts[window] }
  end
  told.paused_s, told.why = pause_left() / 1000, redis.call('HGET', POOL, 'pause_why') or ''
  return cjson.encode(told)
end

return act[ARGV[1]](unpack(ARGV, 2))
