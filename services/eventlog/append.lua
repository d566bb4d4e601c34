-- Append a batch of events and move a reader's checkpoint, all or nothing.
--
-- KEYS  1 log stream · 2 prefix of the id buckets · 3 checkpoints hash
-- ARGV  1 reader ('' for none) · 2 expected checkpoint · 3 new checkpoint
--       4 '1' if it moves over the events too where all are new and come right behind it
--       5 name of the history if the log is empty
--       6 position and 7 chain value of the furthest event the caller knows to be in the log, 8 and 9 of
--         the last one it read, in order, where that is another one ('0' for none)
--       10 of all events, one after the other, since each argument has its price: the three digits that
--         name the bucket of its id, the 16 raw bytes of the id, the SHA-256 of its salt and content
--       then for each event: body (JSON object without position, but with its salt) after its first brace
-- Reply {last position, last position before, {number of an event known before, from 0, and its
--         position, ...}, chain value of the last position, chain value of the last position before}
--       {-1, the checkpoint found} if it is not the one expected
--       {-2, last position, chain value found at a position known or '', that position} if the log is
--         another one
--       {-3, what is wrong, last position, further numbers} if the log is damaged
--       {-4} if the log was written before there was a chain
--       {-5} if a position known was moved out of the log, so that it cannot be compared here: the caller
--         compares it, and names the end of what was moved out instead.
--
-- Ids lie in 4,096 small hashes, which the server stores as packed lists: about 21 bytes an id instead
-- of 86. The chain is described in services/eventlog/chain.py. Beside the readers' checkpoints stand
-- `#last`, the last position ever appended, and `#trimmed`, the last one moved out of the log, with its
-- chain value in `#trimmed-chain`.

local log, ids, checkpoints = KEYS[1], KEYS[2], KEYS[3]
-- Globals are looked up anew at every mention, which an event would pay for.
local call, pcall, sha1hex, sub = redis.call, redis.pcall, redis.sha1hex, string.sub

-- The last event says where the log ends; that nothing is missing before it, its length.
local before, previous = 0, ARGV[5]
local checkpoint, ended, trimmed = unpack(call('HMGET', checkpoints, ARGV[1], '#last', '#trimmed'))
trimmed = tonumber(trimmed or '0')
local entry = call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
if entry then
  before = tonumber(string.match(entry[1], '^(%d+)%-0$')) or -1
  local length = call('XLEN', log)
  if length ~= before - trimmed then
    return {-3, 'entries', before, length, trimmed, entry[1]}
  end
  local head, body = sub(entry[2][2], 1, 90), entry[2][2]
  previous = string.match(head, '^{"position":%d+,"chain":"(%x+)",')
  if not previous then
    return {-4}
  end
  -- The bucket of the last event's id is there as long as the index is.
  local bucket = string.match(body, '"id":"(%x%x%x)')
  if bucket and call('EXISTS', ids .. bucket) == 0 then
    return {-3, 'index', before}
  end
end

if ended and tonumber(ended) ~= before then
  return {-3, 'end', before, tonumber(ended)}
end

for at = 6, 8, 2 do
  local known_at, known = tonumber(ARGV[at]), ARGV[at + 1]
  if known_at > 0 then
    local found = ''
    if known_at == before then
      found = previous
    elseif known_at < before then
      local entry = call('XRANGE', log, ARGV[at] .. '-0', ARGV[at] .. '-0')[1]
      if entry then
        found = string.match(sub(entry[2][2], 1, 90), '"chain":"(%x+)"') or ''
      elseif known_at == trimmed then
        found = call('HGET', checkpoints, '#trimmed-chain') or ''
      elseif known_at < trimmed then
        return {-5}
      end
    end
    if found ~= known then
      return {-2, before, found, known_at}
    end
  end
end

if ARGV[1] ~= '' then
  local found = checkpoint or '0'
  if tonumber(found) > before then
    return {-3, 'checkpoint', before, tonumber(found)}
  end
  if found ~= ARGV[2] then
    return {-1, tonumber(found)}
  end
end

local position, previous_before = before, previous
local known = {}
local events, linked, at = ARGV, ARGV[10], 0

for i = 11, #events do
  local bucket, id = ids .. sub(linked, at + 1, at + 3), sub(linked, at + 4, at + 19)
  local next = position + 1
  local entry = string.format('%d', next)
  if call('HSETNX', bucket, id, entry) == 1 then
    local chain = sha1hex(previous .. sub(linked, at + 20, at + 51))
    local history = position == 0 and '"history":"' .. previous .. '",' or ''
    local added = pcall('XADD', log, entry .. '-0', 'event',
      '{"position":' .. entry .. ',"chain":"' .. chain .. '",' .. history .. events[i])
    if type(added) == 'table' and added.err then
      -- An id without its event would be known for ever.
      call('HDEL', bucket, id)
      return added
    end
    position, previous = next, chain
  else
    local found = tonumber(call('HGET', bucket, id))
    if found > position then
      return {-3, 'index', position, found}
    end
    known[#known + 1] = i - 11
    known[#known + 1] = found
  end
  at = at + 51
end

local said = {}
if position > before then
  said = {'#last', string.format('%d', position)}
end
if ARGV[1] ~= '' then
  local reached = ARGV[3]
  if ARGV[4] == '1' and #known == 0 and before == tonumber(reached) then
    reached = string.format('%d', position)
  end
  said[#said + 1] = ARGV[1]
  said[#said + 1] = reached
end
if #said > 0 then
  call('HSET', checkpoints, unpack(said))
end

return {position, before, known, previous, previous_before}
