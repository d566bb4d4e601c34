-- Take or renew the lease of one ledger's stage, or give it back.
--
-- KEYS  1 the lease
-- ARGV  1 who asks · 2 how long it is to hold, in milliseconds; 0 gives it back
--       3 a holder it may be taken from, because that one shows no sign of life ('' for none)
-- Reply who holds it afterwards ('' for nobody)

local holder = redis.call('GET', KEYS[1])
local is_ours = holder == ARGV[1]

if ARGV[2] == '0' then
  if is_ours then
    redis.call('UNLINK', KEYS[1])
    return ''
  end
  return holder or ''
end

if is_ours or not holder or (ARGV[3] ~= '' and holder == ARGV[3]) then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return ARGV[1]
end
return holder
