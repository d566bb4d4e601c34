-- Write changed rows, the position they stand for, and the change feed, all or nothing.
--
-- KEYS  1 meta · 2 changes stream · 3 current pointer · 4 log stream
--       5.. the tables, in the order of their numbers · last the log's checkpoints hash
-- ARGV  1 expected position · 2 new position · 3 policy ('' leaves it) · 4 generation
--       5 length of the feed ('' for no feed) · 6 form of the rows
--       7 chain value of the log at the new position ('' if it is not known)
--       8 MessagePack of {feed, tables}:
--         feed, for each changed figure: position, n, figure id, its JSON ('' if it is gone)
--         tables, for each: {key, what is stored, key, what is stored, ...}, {keys of rows that are gone}
-- Reply {1} if written
--       {-1, position found} if the generation is elsewhere
--       {-2} if there is no such generation
--       {-3, current generation or ''} if it should be fed to readers and is not the current one
--       {-4, form found} if the generation's rows are in another form
--       {-5} if the log holds another event at the new position, or none
--       {-6, number of a table, rows expected, rows found} if rows of a table were removed by hand.
--
-- The feed's entry ids are <position>-<n>; what is at or below its last id was fed before.

local meta, changes, current = KEYS[1], KEYS[2], KEYS[3]
local length = ARGV[5]

local found, form, counted = unpack(redis.call('HMGET', meta, 'position', 'form', 'rows'))
if not found then
  return {-2}
end
if found ~= ARGV[1] then
  return {-1, tonumber(found)}
end
form = form or '1'
if form ~= ARGV[6] then
  return {-4, tonumber(form)}
end
if ARGV[7] ~= '' and tonumber(ARGV[2]) > 0 then
  local entry = redis.call('XRANGE', KEYS[4], ARGV[2] .. '-0', ARGV[2] .. '-0')[1]
  local chain
  if entry then
    chain = string.match(string.sub(entry[2][2], 1, 90), '"chain":"(%x+)"')
  else
    -- Of what lies before the end of what was moved out, the reader compares the next event that it reads.
    local trimmed, ended = unpack(redis.call('HMGET', KEYS[#KEYS], '#trimmed', '#trimmed-chain'))
    local behind = tonumber(ARGV[2]) - tonumber(trimmed or '0')
    chain = behind < 0 and ARGV[7] or behind == 0 and ended
  end
  if chain ~= ARGV[7] then
    return {-5}
  end
end
-- Rows of each table, as they are and as they will be: what is added and removed is counted on the way.
local counts = {}
for number = 1, #KEYS - 5 do
  counts[number] = redis.call('HLEN', KEYS[4 + number])
end
if counted then
  local number = 0
  for count in string.gmatch(counted, '%d+') do
    number = number + 1
    if counts[number] ~= tonumber(count) then
      return {-6, number, tonumber(count), counts[number]}
    end
  end
end
if length ~= '' then
  local live = redis.call('GET', current) or ''
  if live ~= ARGV[4] then
    return {-3, live}
  end
end

local feed, tables = unpack(cmsgpack.unpack(ARGV[8]))

-- As many at once as Lua's stack surely takes. Returns how many were added, or removed.
local function call_with(command, key, parts)
  local count = 0
  for first = 1, #parts, 1000 do
    count = count + redis.call(command, key, unpack(parts, first, math.min(first + 999, #parts)))
  end
  return count
end

for number, parts in ipairs(tables) do
  counts[number] = counts[number] + call_with('HSET', KEYS[4 + number], parts[1])
  counts[number] = counts[number] - call_with('HDEL', KEYS[4 + number], parts[2])
end

local said = {'position', ARGV[2], 'chain', ARGV[7], 'rows', table.concat(counts, ' ')}
if ARGV[3] ~= '' then
  said[7], said[8] = 'policy', ARGV[3]
end
redis.call('HSET', meta, unpack(said))

if length ~= '' and #feed > 0 then
  local last_position, last_n = -1, -1
  local last = redis.call('XREVRANGE', changes, '+', '-', 'COUNT', 1)
  if last[1] then
    local position, n = string.match(last[1][1], '^(%d+)-(%d+)$')
    last_position, last_n = tonumber(position), tonumber(n)
  end
  for i = 1, #feed, 4 do
    local position, n = feed[i], feed[i + 1]
    if position > last_position or (position == last_position and n > last_n) then
      local at = string.format('%d', position)
      redis.call('XADD', changes, 'MAXLEN', '~', length, at .. '-' .. n, 'id', feed[i + 2], 'position', at,
        'figure', feed[i + 3])
    end
  end
end

return {1}
