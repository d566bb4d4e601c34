-- Show another generation to readers, if nothing moved since the two were compared.
--
-- KEYS  1 current pointer · 2 meta of the generation it names · 3 meta of the one to show
-- ARGV  1 the generation it names · 2 the one to show · 3 the position both stand at
-- Reply 1 if switched, 0 if the pointer or a position is another.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
for i = 2, 3 do
  if redis.call('HGET', KEYS[i], 'position') ~= ARGV[3] then
    return 0
  end
end
redis.call('SET', KEYS[1], ARGV[2])
return 1
