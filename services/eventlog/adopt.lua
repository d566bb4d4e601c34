-- Put the chained copy of a log in its place, if the log is still the one that was copied.
--
-- KEYS  1 log stream · 2 its copy · 3 checkpoints hash
-- ARGV  1 last position copied
-- Reply 1 if the copy is the log now, 0 if the log was chained by another process
--       -1 if more was appended meanwhile.

local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if not last or string.match(string.sub(last[2][2], 1, 90), '^{"position":%d+,"chain":"') then
  return 0
end
if last[1] ~= ARGV[1] .. '-0' then
  return -1
end
redis.call('RENAME', KEYS[2], KEYS[1])
redis.call('PERSIST', KEYS[1])
redis.call('HSET', KEYS[3], '#last', ARGV[1])
return 1
