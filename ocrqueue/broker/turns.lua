-- Lets documents take turns: pages just added at the end of a queue go to where their turn is.
-- Of each other document they wait for a turn, or for four times as many pages as their own has by
-- then, if that is more; what it has beyond that waits for them. So documents of about one size stay
-- in the order in which they came. Those that are wanted first come before all others.
-- KEYS 1: the queue   2: documents that go first
--      3: the pages in a turn, while a document waits with more than that
-- ARGV 1: the document   2: how many of its pages were added   3: how many of it waited before
--      4: pages in a turn; '' for pages that were in a queue before: as it was told for that
local NAME, TIMES = 33, 4 -- characters of an id that are its document's; see above
local PIECE, FEW = 1000, 10 -- ids that are looked at, and moved, at once
local document, added, before = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local turn = tonumber(ARGV[4]) or tonumber(redis.call('GET', KEYS[3])) or math.huge
local is_first = redis.call('SISMEMBER', KEYS[2], document) == 1
if before + added > turn then
  redis.call('SET', KEYS[3], turn)
elseif not is_first and redis.call('EXISTS', KEYS[3]) == 0 then
  return 0
end

local goes_first = {}
local function can_wait(one)
  if goes_first[one] == nil then goes_first[one] = redis.call('SISMEMBER', KEYS[2], one) == 1 end
  return not goes_first[one]
end

local most = is_first and 0 or math.max(turn, TIMES * (before + added))
local seen, is_long, last = {}, before + added > turn, redis.call('LLEN', KEYS[1]) - added
local place, target = 0, nil -- so many were looked at; so many stay before the new ones
while place < last and not (target and before == 0) do
  local ids = redis.call('LRANGE', KEYS[1], place, math.min(place + PIECE, last) - 1)
  for at, id in ipairs(ids) do
    local one = string.sub(id, 1, NAME)
    local count = seen[one] or 0
    seen[one] = count + 1
    is_long = is_long or count >= turn
    if one == document and before > 0 then
      target = nil -- behind its own
    elseif not target and one ~= document and count >= most and can_wait(one) then
      target = place + at - 1
    end
  end
  place = place + #ids
end
if place >= last and not is_long then redis.call('DEL', KEYS[3]) end
if not target then return 0 end

if added <= FEW then -- as a long queue's head is not moved for a page or two
  local behind = redis.call('LINDEX', KEYS[1], target)
  for _, id in ipairs(redis.call('LRANGE', KEYS[1], -added, -1)) do
    redis.call('LINSERT', KEYS[1], 'BEFORE', behind, id)
  end
  redis.call('LTRIM', KEYS[1], 0, -added - 1)
  return 1
end
local function put_before(ids, from, to, step)
  for first = from, to, step * PIECE do
    local some = {}
    for at = first, step * math.min(step * to, step * first + PIECE - 1), step do
      some[#some + 1] = ids[at]
    end
    redis.call('LPUSH', KEYS[1], unpack(some))
  end
end
local head = target > 0 and redis.call('LPOP', KEYS[1], target) or {}
local new = redis.call('RPOP', KEYS[1], added) -- the last one first
put_before(new, 1, #new, 1)
put_before(head, #head, 1, -1)
return 1
