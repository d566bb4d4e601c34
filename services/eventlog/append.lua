-- Append a batch of events and move a reader's checkpoint, all or nothing.
--
-- KEYS  1 log stream · 2 prefix of the id buckets · 3 checkpoints hash
-- ARGV  1 reader ('' for none) · 2 expected checkpoint · 3 new checkpoint
--       4 ids of all events, 16 raw bytes each, one after the other: each argument has its price
--       then for each event: body (JSON object without position) after its first brace
-- Reply {last position, position of event 1, is new (1/0) of event 1, ...}
--       or {-1, the checkpoint found} if it is not the one expected.
--
-- Nothing is ever removed from the log, so its length is its last position. Ids lie in 4,096 small
-- hashes, which the server stores as packed lists: about 21 bytes an id instead of 86.

local log, ids, checkpoints = KEYS[1], KEYS[2], KEYS[3]

if ARGV[1] ~= '' then
  local found = redis.call('HGET', checkpoints, ARGV[1]) or '0'
  if found ~= ARGV[2] then
    return {-1, tonumber(found)}
  end
end

local position = redis.call('XLEN', log)
local reply = {position}

for i = 5, #ARGV do
  local id = string.sub(ARGV[4], 16 * (i - 5) + 1, 16 * (i - 4))
  local first, second = string.byte(id, 1, 2)
  local bucket = ids .. string.format('%03x', first * 16 + math.floor(second / 16))
  local entry = string.format('%d', position + 1)
  if redis.call('HSETNX', bucket, id, entry) == 1 then
    local added = redis.pcall('XADD', log, entry .. '-0', 'event', '{"position":' .. entry .. ',' .. ARGV[i])
    if type(added) == 'table' and added.err then
      -- An id without its event would be known for ever.
      redis.call('HDEL', bucket, id)
      return added
    end
    position = position + 1
    reply[#reply + 1] = position
    reply[#reply + 1] = 1
  else
    reply[#reply + 1] = tonumber(redis.call('HGET', bucket, id))
    reply[#reply + 1] = 0
  end
end

if ARGV[1] ~= '' then
  redis.call('HSET', checkpoints, ARGV[1], ARGV[3])
end

reply[1] = position
return reply
