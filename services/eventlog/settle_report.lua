-- Take a report out of its stream: its drafts go to a person, those that need none to the inbox, or it is parked.
-- All in one step.
--
-- KEYS  1 stream of reports · 2 stream that the entry goes to · 3 inbox
-- ARGV  1 consumer group · 2 id of the report's entry · 3 how many fields of the new entry follow (0 for no entry)
--       then names and contents of these fields, then events for the inbox
-- Reply 1, or 0 if the report was taken out before: then nothing is added.

redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
if redis.call('XDEL', KEYS[1], ARGV[2]) == 0 then
  return 0
end

local fields = {}
for i = 4, 3 + 2 * tonumber(ARGV[3]) do
  fields[#fields + 1] = ARGV[i]
end
if #fields > 0 then
  redis.call('XADD', KEYS[2], '*', unpack(fields))
end

for i = 4 + #fields, #ARGV do
  redis.call('XADD', KEYS[3], '*', 'event', ARGV[i])
end
return 1
