-- Show another generation to readers, if nothing moved since the two were compared.
--
-- KEYS  1 current pointer · 2 meta of the generation it names · 3 meta of the one to show
-- ARGV  1 the generation it names · 2 the one to show · 3 the position both stand at
--       4 '1' if rows of the two differ
-- Reply 1 if switched, 0 if the pointer or a position is another.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
for i = 2, 3 do
  if redis.call('HGET', KEYS[i], 'position') ~= ARGV[3] then
    return 0
  end
end
-- Whoever read views from before must read them anew: no change feed tells what a rebuild changed.
local remade_at = ARGV[4] == '1' and ARGV[3] or redis.call('HGET', KEYS[2], 'remade_at')
if remade_at then
  redis.call('HSET', KEYS[3], 'remade_at', remade_at)
end
redis.call('HSET', KEYS[3], 'former', ARGV[1])
redis.call('SET', KEYS[1], ARGV[2])
return 1
