-- Take entries out of a stream for good, and whatever else was ever taken out of it: XDEL only marks an entry
-- as gone, and its bytes stay, in memory and in the server's files, as long as a neighbour is there. So the
-- stream is written anew, entry by entry, each under its id.
--
-- KEYS  1 stream
-- ARGV  the ids of entries to take out
-- Reply how many were taken out
--
-- Its groups begin anew at its first entry: what was delivered and not acknowledged is delivered again, as it
-- would be after a crash.

if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end

local going, taken = {}, 0
for _, id in ipairs(ARGV) do
  going[id] = true
end

local groups = {}
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  for n = 1, #group, 2 do
    if group[n] == 'name' then
      groups[#groups + 1] = group[n + 1]
    end
  end
end

local entries = redis.call('XRANGE', KEYS[1], '-', '+')
redis.call('DEL', KEYS[1])
for _, group in ipairs(groups) do
  redis.call('XGROUP', 'CREATE', KEYS[1], group, '0', 'MKSTREAM')
end
for _, entry in ipairs(entries) do
  if going[entry[1]] then
    taken = taken + 1
  else
    redis.call('XADD', KEYS[1], entry[1], unpack(entry[2]))
  end
end
return taken
