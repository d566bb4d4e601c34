-- Take a report out of its stream: its drafts go to a person, those that need none to the inbox, or it is parked.
-- All in one step. A report that was read before is taken out and goes nowhere: whoever hands reports on may
-- die before noting it, and hand them on again.
--
-- KEYS  1 stream of reports · 2 stream that the entry goes to · 3 inbox · 4 which reports were read, by time
-- ARGV  1 consumer group · 2 id of the report's entry · 3 what the report is known by ('' for what is none)
--       4 how many reports stay known · 5 how many fields of the new entry follow (0 for no entry)
--       then names and contents of these fields, then events for the inbox
-- Reply 1, 0 if the entry was taken out before, 2 if the report was read before: then nothing is added.

redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
if redis.call('XDEL', KEYS[1], ARGV[2]) == 0 then
  return 0
end

if ARGV[3] ~= '' then
  local now = redis.call('TIME')[1]
  if redis.call('ZADD', KEYS[4], 'NX', now, ARGV[3]) == 0 then
    return 2
  end
  redis.call('ZREMRANGEBYRANK', KEYS[4], 0, -1 - tonumber(ARGV[4]))
end

local fields = {}
for i = 6, 5 + 2 * tonumber(ARGV[5]) do
  fields[#fields + 1] = ARGV[i]
end
if #fields > 0 then
  redis.call('XADD', KEYS[2], '*', unpack(fields))
end

for i = 6 + #fields, #ARGV do
  redis.call('XADD', KEYS[3], '*', 'event', ARGV[i])
end
return 1
