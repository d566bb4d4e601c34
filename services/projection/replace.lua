-- Show a generation to readers in place of one that is no longer true, and begin the change feed anew.
--
-- KEYS  1 current pointer · 2 meta of the generation to show · 3 changes stream
-- ARGV  1 the generation shown now · 2 the one to show · 3 position up to which readers may have read
--         what is no longer true
-- Reply 1 if done, 0 if another generation is shown now.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[2], 'remade_at', ARGV[3])
redis.call('DEL', KEYS[3])
redis.call('SET', KEYS[1], ARGV[2])
return 1
