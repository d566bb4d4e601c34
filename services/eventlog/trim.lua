-- Move events up to a position out of a log, all or nothing: they are read from sealed segments then.
--
-- KEYS  1 log stream · 2 checkpoints hash
-- ARGV  1 position of the last event to go · 2 its chain value
-- Reply {1, how many went}, of which there are none where they went before
--       {-1, last position} if the log holds another event there, or none
--       {-2, last position} if no event would be left
--       {-3, reader, its checkpoint} if a reader has not dealt with all of them
--       {-4, last position, length, last position that went before} if the log is damaged.
--
-- `#trimmed` is the last position that went, and `#trimmed-chain` its chain value, which the segments are
-- held against.

local log, checkpoints = KEYS[1], KEYS[2]
local position = tonumber(ARGV[1])
local trimmed = tonumber(redis.call('HGET', checkpoints, '#trimmed') or '0')
if position <= trimmed then
  return {1, 0}
end

local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
local ends = last and tonumber(string.match(last[1], '^(%d+)%-0$')) or 0
local place = ARGV[1] .. '-0'
local entry = redis.call('XRANGE', log, place, place)[1]
local chain = entry and string.match(string.sub(entry[2][2], 1, 90), '"chain":"(%x+)"')
if chain ~= ARGV[2] then
  return {-1, ends}
end
if ends <= position then
  return {-2, ends}
end
local length = redis.call('XLEN', log)
if length ~= ends - trimmed then
  return {-4, ends, length, trimmed}
end

local kept = redis.call('HGETALL', checkpoints)
for i = 1, #kept, 2 do
  if string.sub(kept[i], 1, 1) ~= '#' and tonumber(kept[i + 1]) < position then
    return {-3, kept[i], tonumber(kept[i + 1])}
  end
end

redis.call('HSET', checkpoints, '#trimmed', ARGV[1], '#trimmed-chain', chain)
return {1, redis.call('XTRIM', log, 'MINID', '=', string.format('%d', position + 1) .. '-0')}
