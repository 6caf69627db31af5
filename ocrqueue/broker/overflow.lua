-- Takes one page from the end of a long queue for a worker of another backend.
-- KEYS 1: the long queue   2: what the other queue's workers have taken   3: what was told of it
-- ARGV 1: pages to leave there   2: name of the other queue   3: ids to pass over, from the end
--      4: ids to look at   5: why   6 ...: what the other worker passes over
-- Returns the id of the page's job ('' for none) and how many ids to pass over next time.
-- The page is in exactly one list before and after: a script is one step of the server.
local keep, name, over, many = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
if redis.call('LLEN', KEYS[1]) <= keep then return { '', 0 } end

local passed = {}
for place = 6, #ARGV do passed[ARGV[place]] = true end

local open = {} -- document -> may the other backend read its pages, and has its run money?
local function is_open(id)
  local document = string.match(id, '^(.+)%-p%d+$')
  if not document then return false end
  if open[document] == nil then
    local told = redis.call('HGET', 'ocrq:doc:' .. document, 'open_to') or ''
    open[document] = string.find(' ' .. told .. ' ', ' ' .. name .. ' ', 1, true) ~= nil
    local run = redis.call('HGET', 'ocrq:doc:' .. document, 'run') or 'other'
    local is_spent = redis.call('EXISTS', 'ocrq:spent:' .. name .. ':' .. run) == 1
    local root = redis.call('HGET', 'ocrq:doc:' .. document, 'root') or ''
    local is_passed = passed[document] or passed[string.sub(document, 1, 8)] or passed[root]
    if is_spent or is_passed then open[document] = false end
  end
  return open[document]
end

-- A page that the other backend has tried comes back to it on its route, or not at all.
local function is_new(id)
  local job = redis.call('HMGET', 'rq:job:' .. id, 'status', 'meta')
  if job[1] ~= 'queued' then return false end
  local fine, meta = pcall(cjson.decode, job[2] or '')
  if not fine or type(meta) ~= 'table' then return false end
  local history = type(meta['history']) == 'table' and meta['history'] or {}
  for _, attempt in ipairs(history) do
    if type(attempt) ~= 'table' or attempt['backend'] == name then return false end
  end
  return true
end

local ids = redis.call('LRANGE', KEYS[1], -(over + many), -(over + 1))
for place = #ids, 1, -1 do
  local id = ids[place]
  if is_open(id) and is_new(id) then
    redis.call('LPUSH', KEYS[2], id)
    redis.call('LREM', KEYS[1], -1, id)
    redis.call('HSET', 'rq:job:' .. id, 'origin', name)
    redis.call('SADD', 'rq:queues', 'rq:queue:' .. name) -- else nobody sees it if it is put back
    redis.call('HINCRBY', KEYS[3], 'taken', 1)
    redis.call('HSET', KEYS[3], 'reason', ARGV[5], 'by', name)
    redis.call('EXPIRE', KEYS[3], 86400)
    return { id, over }
  end
end
return { '', #ids == many and over + many or 0 }
