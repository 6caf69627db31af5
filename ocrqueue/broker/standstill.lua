-- Says why nothing of a workspace is read in a queue: all its documents are of runs without money.
-- KEYS 1: the workspace's documents that are not collected yet
-- ARGV 1: what the keys of runs without money begin with
-- Returns '' where one of the documents is of another run, or where there is none.
local MANY = 100 -- documents at a time: mostly the newest one is enough
local why, from, documents = '', 0, nil
repeat
  documents = redis.call('ZREVRANGE', KEYS[1], from, from + MANY - 1)
  for _, document in ipairs(documents) do
    local run = redis.call('HGET', 'ocrq:doc:' .. document, 'run') or 'other'
    why = redis.call('GET', ARGV[1] .. run)
    if not why then return '' end
  end
  from = from + MANY
until #documents < MANY
return why
