-- Take dealt-with entries out of the inbox, parking some of them, all in one step.
--
-- KEYS  1 inbox stream · 2 stream of parked claims
-- ARGV  1 consumer group · 2 ids of the entries that are in the log, separated by spaces
--       then for each entry to park: id, event, source, parked_at, reasons
--
-- An entry is parked only by the call that takes it out, so that a repeat, or a second worker that
-- took the entry over meanwhile, parks nothing twice.

local inbox, rejected = KEYS[1], KEYS[2]
local group = ARGV[1]

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

for i = 3, #ARGV, 5 do
  redis.call('XACK', inbox, group, ARGV[i])
  if redis.call('XDEL', inbox, ARGV[i]) == 1 then
    redis.call('XADD', rejected, '*', 'event', ARGV[i + 1], 'source', ARGV[i + 2],
      'parked_at', ARGV[i + 3], 'reasons', ARGV[i + 4])
  end
end

return #recorded
