-- Append a batch of events and move a reader's checkpoint, all or nothing.
--
-- KEYS  1 log stream · 2 prefix of the id buckets · 3 checkpoints hash
-- ARGV  1 reader ('' for none) · 2 expected checkpoint · 3 new checkpoint
--       4 '1' if it moves over the events too where all are new and come right behind it
--       5 ids of all events, one after the other, since each argument has its price: of each the
--         three digits that name its bucket, then its 16 raw bytes
--       then for each event: body (JSON object without position) after its first brace
-- Reply {last position, last position before, {number of an event known before, from 0, and its
--         position, ...}}
--       or {-1, the checkpoint found} if it is not the one expected.
--
-- Nothing is ever removed from the log, so its length is its last position. Ids lie in 4,096 small
-- hashes, which the server stores as packed lists: about 21 bytes an id instead of 86.

local log, ids, checkpoints = KEYS[1], KEYS[2], KEYS[3]
local call, sub = redis.call, string.sub

if ARGV[1] ~= '' then
  local found = call('HGET', checkpoints, ARGV[1]) or '0'
  if found ~= ARGV[2] then
    return {-1, tonumber(found)}
  end
end

local before = call('XLEN', log)
local position = before
local known = {}

for i = 6, #ARGV do
  local at = 19 * (i - 6)
  local bucket, id = ids .. sub(ARGV[5], at + 1, at + 3), sub(ARGV[5], at + 4, at + 19)
  local entry = string.format('%d', position + 1)
  if call('HSETNX', bucket, id, entry) == 1 then
    local added = redis.pcall('XADD', log, entry .. '-0', 'event', '{"position":' .. entry .. ',' .. ARGV[i])
    if type(added) == 'table' and added.err then
      -- An id without its event would be known for ever.
      call('HDEL', bucket, id)
      return added
    end
    position = position + 1
  else
    known[#known + 1] = i - 6
    known[#known + 1] = tonumber(call('HGET', bucket, id))
  end
end

if ARGV[1] ~= '' then
  local reached = ARGV[3]
  if ARGV[4] == '1' and #known == 0 and before == tonumber(reached) then
    reached = string.format('%d', position)
  end
  call('HSET', checkpoints, ARGV[1], reached)
end

return {position, before, known}
