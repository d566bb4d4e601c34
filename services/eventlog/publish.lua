-- Add events to a stream if it has room for them and for those that follow, in one step.
--
-- KEYS  1 stream
-- ARGV  1 how many entries it may hold ('' for any number) · 2 how many are to come in all, these included
--       3 the trace they belong to ('' for none) · 4 the field that holds each, then the events
-- Reply {1, entry id, ...}, or {0, entries in it} if there is no room.
--
-- What is more than a stream may hold goes into an empty one: it would never go in otherwise.

local limit = tonumber(ARGV[1])
local waiting = redis.call('XLEN', KEYS[1])
if limit and waiting > 0 and waiting + tonumber(ARGV[2]) > limit then
  return {0, waiting}
end

local reply = {1}
for i = 5, #ARGV do
  if ARGV[3] == '' then
    reply[i - 3] = redis.call('XADD', KEYS[1], '*', ARGV[4], ARGV[i])
  else
    reply[i - 3] = redis.call('XADD', KEYS[1], '*', ARGV[4], ARGV[i], 'traceparent', ARGV[3])
  end
end
return reply
