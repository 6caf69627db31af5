-- Brings a page that is worth taking to the head of a queue; those before it go to its end.
-- KEYS 1: the queue
-- ARGV 1: ids to look at   2 ...: what is passed over: workspaces, folders of inputs, runs, documents
-- Returns 1, or 0 where all that was looked at is passed over.
local passed = {}
for place = 2, #ARGV do passed[ARGV[place]] = true end

local known = {} -- document -> is it passed over?
local function is_over(id)
  local document = string.match(id, '^(.+)%-p%d+$') or string.match(id, '^(.+)%-collect$')
  if not document then return false end
  if known[document] == nil then
    local told = redis.call('HMGET', 'ocrq:doc:' .. document, 'run', 'root')
    known[document] = passed[document] or passed[string.sub(document, 1, 8)]
      or passed[told[1] or 'other'] or passed[told[2] or ''] or false
  end
  return known[document]
end

local ids = redis.call('LRANGE', KEYS[1], 0, ARGV[1] - 1)
local over = 0
while over < #ids and is_over(ids[over + 1]) do over = over + 1 end
if over == redis.call('LLEN', KEYS[1]) then return over == 0 and 1 or 0 end
if over > 0 then
  redis.call('RPUSH', KEYS[1], unpack(ids, 1, over)) -- a push that fails must come first
  redis.call('LTRIM', KEYS[1], over, -1)
end
return over < #ids and 1 or 0
