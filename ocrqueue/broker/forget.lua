-- Forgets the jobs that ended first, where more are listed than people look through.
-- KEYS 1: the list of ended jobs, by when they expire
-- ARGV 1: how many of them stay   2: how many go in one step of the server
-- Returns how many went. A job that runs again by now stays: it is only listed here no more.
local over = math.min(redis.call('ZCARD', KEYS[1]) - ARGV[1], ARGV[2])
if over <= 0 then return 0 end
local gone = redis.call('ZPOPMIN', KEYS[1], over)
for place = 1, #gone, 2 do
  local job = 'rq:job:' .. gone[place]
  local status = redis.call('HGET', job, 'status')
  if status == 'finished' or status == 'failed' then
    redis.call('UNLINK', job, 'rq:results:' .. gone[place])
  end
end
return #gone / 2
