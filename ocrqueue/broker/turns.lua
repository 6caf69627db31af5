-- Lets documents take turns: pages just added at the end of a queue go to where their turn is.
-- A turn is some pages of one document; those that are wanted first come before all others.
-- KEYS 1: the queue   2: documents that go first   3: is there while one waits with more than a turn
--      4: where the queue is built anew
-- ARGV 1: the document   2: how many of its pages were added   3: pages in a turn
local NAME = 33 -- characters of an id that are its document's
local document, added, turn = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local is_first = redis.call('SISMEMBER', KEYS[2], document) == 1
if added <= turn and not is_first and redis.call('EXISTS', KEYS[3]) == 0 then return 0 end

local ids, waits, rounds, goes_first = redis.call('LRANGE', KEYS[1], 0, -1), {}, {}, {}
for _, one in ipairs(redis.call('SMEMBERS', KEYS[2])) do goes_first[one] = true end
local last, latest, is_long = #ids - added, -1, false -- the last that waited before; its round
for place = 1, #ids do
  local one = string.sub(ids[place], 1, NAME)
  local before = waits[one] or 0
  waits[one] = before + 1
  rounds[place] = goes_first[one] and -1 or math.floor(before / turn)
  is_long = is_long or before >= turn
  if place <= last and rounds[place] > latest then latest = rounds[place] end
end
if is_long then redis.call('SET', KEYS[3], 1) else redis.call('DEL', KEYS[3]) end
if added == 0 or last < 1 or latest <= rounds[last + 1] then return 0 end

local old, new, anew = 1, last + 1, {}
while old <= last or new <= #ids do
  if new > #ids or (old <= last and rounds[old] <= rounds[new]) then
    anew[#anew + 1], old = ids[old], old + 1
  else
    anew[#anew + 1], new = ids[new], new + 1
  end
end
redis.call('DEL', KEYS[4])
for from = 1, #anew, 5000 do -- a push that fails must come first
  redis.call('RPUSH', KEYS[4], unpack(anew, from, math.min(from + 4999, #anew)))
end
redis.call('RENAME', KEYS[4], KEYS[1])
return 1
