-- Begin an empty generation of views, if there is none of that name: all of it at once, so that nobody
-- finds one without its form and takes it for that of an earlier version.
--
-- KEYS  1 meta of the generation
-- ARGV  1 form of its rows · 2 position of the last erasure from the log that it is made of, 0 for none
-- Reply 1 if begun, 0 if there is one.

if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
redis.call('HSET', KEYS[1], 'position', 0, 'form', ARGV[1], 'erased', ARGV[2])
return 1
