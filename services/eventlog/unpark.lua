-- Put parked claims back into the inbox, in one step.
--
-- KEYS  1 inbox stream · 2 stream of parked claims
-- ARGV  1 how many entries the inbox may hold · then the ids of parked claims
-- Reply how many went back
--
-- Only what is still parked goes back, so that two calls at once put nothing in twice. It stops where
-- the inbox is full.

local room = tonumber(ARGV[1]) - redis.call('XLEN', KEYS[1])
local taken = 0

for i = 2, #ARGV do
  if taken >= room then
    break
  end
  local found = redis.call('XRANGE', KEYS[2], ARGV[i], ARGV[i])
  if found[1] then
    local fields = found[1][2]
    for n = 1, #fields, 2 do
      if fields[n] == 'event' then
        redis.call('XADD', KEYS[1], '*', 'event', fields[n + 1])
      end
    end
    redis.call('XDEL', KEYS[2], ARGV[i])
    taken = taken + 1
  end
end

return taken
