-- Write changed rows, the position they stand for, and the change feed, all or nothing.
--
-- KEYS  1 meta · 2 changes stream · 3 current pointer · 4.. the tables, in the order of their numbers
-- ARGV  1 expected position · 2 new position · 3 policy ('' leaves it) · 4 generation
--       5 length of the feed ('' for no feed) · 6 form of the rows · 7 count of changed figures
--       then for each changed figure: position, n, figure id, its JSON ('' if it is gone)
--       then for each table with rows: its number, count of rows, count of rows that are gone,
--       and for each row its key and what is stored, for each that is gone its key
-- Reply {1} if written
--       {-1, position found} if the generation is elsewhere
--       {-2} if there is no such generation
--       {-3, current generation or ''} if it should be fed to readers and is not the current one
--       {-4, form found} if the generation's rows are in another form.
--
-- The feed's entry ids are <position>-<n>; what is at or below its last id was fed before.

local meta, changes, current = KEYS[1], KEYS[2], KEYS[3]
local length, changed = ARGV[5], tonumber(ARGV[7])

local found = redis.call('HGET', meta, 'position')
if not found then
  return {-2}
end
if found ~= ARGV[1] then
  return {-1, tonumber(found)}
end
local form = redis.call('HGET', meta, 'form') or '1'
if form ~= ARGV[6] then
  return {-4, tonumber(form)}
end
if length ~= '' then
  local live = redis.call('GET', current) or ''
  if live ~= ARGV[4] then
    return {-3, live}
  end
end

local i = 8 + 4 * changed
while ARGV[i] do
  local table_key = KEYS[3 + tonumber(ARGV[i])]
  local rows, gone = i + 3, i + 3 + 2 * tonumber(ARGV[i + 1])
  i = gone + tonumber(ARGV[i + 2])
  -- As many at once as Lua's stack surely takes.
  for first = rows, gone - 1, 1000 do
    redis.call('HSET', table_key, unpack(ARGV, first, math.min(first + 999, gone - 1)))
  end
  for first = gone, i - 1, 1000 do
    redis.call('HDEL', table_key, unpack(ARGV, first, math.min(first + 999, i - 1)))
  end
end

redis.call('HSET', meta, 'position', ARGV[2])
if ARGV[3] ~= '' then
  redis.call('HSET', meta, 'policy', ARGV[3])
end

if length ~= '' and changed > 0 then
  local last_position, last_n = -1, -1
  local last = redis.call('XREVRANGE', changes, '+', '-', 'COUNT', 1)
  if last[1] then
    local position, n = string.match(last[1][1], '^(%d+)-(%d+)$')
    last_position, last_n = tonumber(position), tonumber(n)
  end
  for i = 8, 7 + 4 * changed, 4 do
    local position, n = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
    if position > last_position or (position == last_position and n > last_n) then
      redis.call('XADD', changes, 'MAXLEN', '~', length, ARGV[i] .. '-' .. ARGV[i + 1],
        'id', ARGV[i + 2], 'position', ARGV[i], 'figure', ARGV[i + 3])
    end
  end
end

return {1}
