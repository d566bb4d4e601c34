-- Take dealt-with entries out of the inbox, parking some of them, all in one step.
--
-- KEYS  1 inbox stream · 2 stream of parked claims · 3 log stream · 4 checkpoints hash
-- ARGV  1 consumer group · 2 ids of the entries that are in the log, separated by spaces
--       3 position and 4 chain value of an event the caller knows to be in the log ('0' for none)
--       then for each entry to park: id, event, source, parked_at, reasons
-- Reply how many entries are in the log
--       {-2, last position, chain value found at the position known or ''} if the log is another one:
--       a server that came back with a shorter log has the entries in its inbox again, and they stay
--       {-5} if the position known was moved out of the log, so that it cannot be compared here.
--
-- An entry is parked only by the call that takes it out, so that a repeat, or a second worker that
-- took the entry over meanwhile, parks nothing twice.

local inbox, rejected = KEYS[1], KEYS[2]
local group = ARGV[1]

if ARGV[3] ~= '0' then
  local place = ARGV[3] .. '-0'
  local entry = redis.call('XRANGE', KEYS[3], place, place)[1]
  local found = entry and string.match(string.sub(entry[2][2], 1, 90), '"chain":"(%x+)"') or ''
  if not entry then
    local trimmed, chain = unpack(redis.call('HMGET', KEYS[4], '#trimmed', '#trimmed-chain'))
    local behind = tonumber(ARGV[3]) - tonumber(trimmed or '0')
    if behind < 0 then
      return {-5}
    end
    found = behind == 0 and chain or ''
  end
  if found ~= ARGV[4] then
    local last = redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)[1]
    return {-2, last and tonumber(string.match(last[1], '^(%d+)')) or 0, found}
  end
end

local recorded = {}
for id in string.gmatch(ARGV[2], '%S+') do
  recorded[#recorded + 1] = id
end

-- As many at once as Lua's stack surely takes.
for first = 1, #recorded, 1000 do
  local last = math.min(first + 999, #recorded)
  redis.call('XACK', inbox, group, unpack(recorded, first, last))
  redis.call('XDEL', inbox, unpack(recorded, first, last))
end

for i = 5, #ARGV, 5 do
  redis.call('XACK', inbox, group, ARGV[i])
  if redis.call('XDEL', inbox, ARGV[i]) == 1 then
    redis.call('XADD', rejected, '*', 'event', ARGV[i + 1], 'source', ARGV[i + 2],
      'parked_at', ARGV[i + 3], 'reasons', ARGV[i + 4])
  end
end

return #recorded
