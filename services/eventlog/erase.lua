-- Put the copy of a log, in which words were erased, in its place, and append the event that says so: all
-- or nothing, if the log is still the one that was copied.
--
-- KEYS  1 log stream · 2 its copy · 3 prefix of the id buckets · 4 checkpoints hash
-- ARGV  1 last position copied · 2 chain value there
--       3 last position that was trimmed when the copy was made · 4 '1' if it holds those events, too
--       5 of the event: the three digits that name the bucket of its id, the 16 raw bytes of the id, the
--         SHA-256 of its salt and content · 6 its body after its first brace
-- Reply position of the event
--       -1 if the log ends elsewhere, or was trimmed further, or holds the event.
--
-- `#erased` is the position of the last such event: whoever keeps something of the log by itself, such as
-- a snapshot, compares it.

local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local chain = last and string.match(string.sub(last[2][2], 1, 90), '"chain":"(%x+)"')
if not last or last[1] ~= ARGV[1] .. '-0' or chain ~= ARGV[2] then
  return -1
end
if (redis.call('HGET', KEYS[4], '#trimmed') or '0') ~= ARGV[3] then
  return -1
end

local bucket, id = KEYS[3] .. string.sub(ARGV[5], 1, 3), string.sub(ARGV[5], 4, 19)
local position = tonumber(ARGV[1]) + 1
local entry = string.format('%d', position)
if redis.call('HSETNX', bucket, id, entry) == 0 then
  return -1
end
local linked = redis.sha1hex(chain .. string.sub(ARGV[5], 20, 51))
redis.call('XADD', KEYS[2], entry .. '-0', 'event',
  '{"position":' .. entry .. ',"chain":"' .. linked .. '",' .. ARGV[6])
redis.call('RENAME', KEYS[2], KEYS[1])
redis.call('PERSIST', KEYS[1])
redis.call('HSET', KEYS[4], '#last', entry, '#erased', entry)
if ARGV[4] == '1' then
  redis.call('HDEL', KEYS[4], '#trimmed', '#trimmed-chain')
end
return position
