-- Remove a consumer of a group, unless it holds entries.
--
-- KEYS  1 the stream
-- ARGV  1 consumer group · 2 consumer
-- Reply 1 if it was removed
--
-- In one step: what is handed to it after the look would be gone from the hands of everybody.

if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) > 0 then
  return 0
end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1
