-- Take dealt-with entries out of the inbox, parking some of them, all in one step.
--
-- KEYS  1 inbox stream · 2 stream of parked claims
-- ARGV  1 consumer group · 2 how many entries are in the log (n) · 3 .. n+2 their ids
--       then for each entry to park: id, event, source, parked_at, reasons
--
-- An entry is parked only by the call that takes it out, so that a repeat, or a second worker that
-- took the entry over meanwhile, parks nothing twice.

local inbox, rejected = KEYS[1], KEYS[2]
local group, count = ARGV[1], tonumber(ARGV[2])

-- As many at once as Lua's stack surely takes.
for first = 3, count + 2, 1000 do
  local last = math.min(first + 999, count + 2)
  redis.call('XACK', inbox, group, unpack(ARGV, first, last))
  redis.call('XDEL', inbox, unpack(ARGV, first, last))
end

for i = count + 3, #ARGV, 5 do
  redis.call('XACK', inbox, group, ARGV[i])
  if redis.call('XDEL', inbox, ARGV[i]) == 1 then
    redis.call('XADD', rejected, '*', 'event', ARGV[i + 1], 'source', ARGV[i + 2],
      'parked_at', ARGV[i + 3], 'reasons', ARGV[i + 4])
  end
end

return count
