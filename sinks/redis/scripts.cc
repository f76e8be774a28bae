#include "sinks/redis/scripts.h"

namespace oncegate::redis {
namespace {

// KEYS: the sink's own hash. ARGV: layout, key template. Enters both where nothing is entered, and
// so proves that the server takes writes, without one. Gives what is entered.
constexpr char kOpenText[] = R"(
redis.call('HSETNX', KEYS[1], 'layout', ARGV[1])
redis.call('HSETNX', KEYS[1], 'key_template', ARGV[2])
return redis.call('HMGET', KEYS[1], 'layout', 'key_template')
)";

// KEYS: streams, tables. ARGV: stream, its entry, its table. The table's name is taken first: a
// table without a stream belongs to the stream that it names, so a second run completes a first.
constexpr char kEnsureStreamText[] = R"(
local entry = redis.call('HGET', KEYS[1], ARGV[1])
if entry then return {'entry', entry} end
local owner = redis.call('HGET', KEYS[2], ARGV[3])
if owner and owner ~= ARGV[1] then return {'owner', owner} end
redis.call('HSET', KEYS[2], ARGV[3], ARGV[1])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return {'entry', ARGV[2]}
)";

// KEYS: turns. ARGV: owner, milliseconds. All of them or none.
constexpr char kTakeTurnsText[] = R"(
for _, turn in ipairs(KEYS) do
  local holder = redis.call('GET', turn)
  if holder and holder ~= ARGV[1] then return 0 end
end
for _, turn in ipairs(KEYS) do redis.call('SET', turn, ARGV[1], 'PX', ARGV[2]) end
return 1
)";

// KEYS: turns. ARGV: owner.
constexpr char kReleaseTurnsText[] = R"(
for _, turn in ipairs(KEYS) do
  if redis.call('GET', turn) == ARGV[1] then redis.call('DEL', turn) end
end
return 1
)";

// KEYS: streams, guards, the keys of the rows. ARGV: stream, the fields of the rows in guards.
// Reads alone. Gives the stream's entry, then for each row its guard, or "" where the key is free,
// or "!" and the type of what oncegate did not write there. Most keys without a guard are free,
// which one EXISTS tells of a thousand.
constexpr char kProbeRowsText[] = R"(
local result = {redis.call('HGET', KEYS[1], ARGV[1]) or ''}
local count = #KEYS - 2
for first = 0, count - 1, 1000 do
  local last = math.min(first + 1000, count) - 1
  local guards = redis.call('HMGET', KEYS[2], unpack(ARGV, first + 2, last + 2))
  local unguarded = {}
  for i = first, last do
    local guard = guards[i - first + 1]
    result[i + 2] = guard or ''
    if not guard then unguarded[#unguarded + 1] = KEYS[i + 3] end
  end
  if #unguarded > 0 and redis.call('EXISTS', unpack(unguarded)) > 0 then
    for i = first, last do
      if result[i + 2] == '' then
        local type = redis.call('TYPE', KEYS[i + 3]).ok
        if type ~= 'none' then result[i + 2] = '!' .. type end
      end
    end
  end
end
return result
)";

// The whole group: first everything that was read or is expected is compared, and a difference ends
// the script before it wrote anything; then rows, then guards, ids, dead letters and marks, in this
// order.
//
// ARGV: owner, streams {stream, entry}, turns, tables {ordered, count, rows, type, flags, deletes,
// fields, expected, next, contents}; KEYS: streams hash, turns, per table its hash, its order where
// it has one, and its rows. `rows` is how many of the first entries have a row to write, `deletes`
// how many after them have one to delete; a flag of "0" says that the row's key must be free. An
// expected value is the beginning of what is there, "" that nothing is; a next value of "" keeps
// it, "-" removes it.
//
// Redis does not take back what a script wrote before an error. That can happen here where a right
// to a command or a key is missing, and then these hold: a row is written only under a guard that
// claims its key, and its guard afterwards, so the row is written again; an id, a letter or a
// mark is written only after all rows. The marks of all producers are in one hash, written by one
// command for a thousand of them, so none fails where the one before it did not. Turns end behind
// them by pcall: by then the group is committed, and a turn that stays expires.
constexpr char kCommitText[] = R"(
local arg, key = 0, 0
local function next_arg() arg = arg + 1 return ARGV[arg] end
local function next_count() return tonumber(next_arg()) end
local function next_key() key = key + 1 return KEYS[key] end
local function take_args(count) local first = arg + 1 arg = arg + count return first end
local function chunks(count, call)
  for first = 0, count - 1, 1000 do call(first, math.min(first + 1000, count) - 1) end
end

local owner = next_arg()
local catalogue = next_key()
for _ = 1, next_count() do
  local stream, entry = next_arg(), next_arg()
  if redis.call('HGET', catalogue, stream) ~= entry then return 'stream' end
end

local turns, held = next_count(), {}
local first_turn = key + 1
key = key + turns
for i = first_turn, key do
  local holder = redis.call('GET', KEYS[i])
  if holder and holder ~= owner then return 'turn' end
  if holder then held[#held + 1] = KEYS[i] end
end

local tables = {}
for n = 1, next_count() do
  local t = {hash = next_key()}
  if next_arg() == '1' then t.order = next_key() end
  t.count, t.rows, t.type, t.flags = next_count(), next_count(), next_arg(), next_arg()
  t.deletes = next_count()
  t.row_keys = key + 1
  key = key + t.rows + t.deletes
  t.fields, t.expected, t.next = take_args(t.count), take_args(t.count), take_args(t.count)
  t.contents = arg + 1
  for i = 1, t.rows do
    if t.type == 'string' then take_args(1) else take_args(next_count()) end
  end
  tables[n] = t
end

for _, t in ipairs(tables) do
  local same = true
  chunks(t.count, function(first, last)
    local found = redis.call('HMGET', t.hash, unpack(ARGV, t.fields + first, t.fields + last))
    for i = first, last do
      local is, expected = found[i - first + 1], ARGV[t.expected + i]
      if expected == '' then
        if is then same = false end
      elseif not is or string.sub(is, 1, #expected) ~= expected then
        same = false
      end
    end
  end)
  chunks(t.rows + t.deletes, function(first, last)
    local free = {}
    for i = first, last do
      if t.flags:byte(i + 1) == 48 then free[#free + 1] = KEYS[t.row_keys + i] end
    end
    if #free > 0 and redis.call('EXISTS', unpack(free)) > 0 then same = false end
  end)
  if not same then return 'changed' end
end

for _, t in ipairs(tables) do
  chunks(t.rows, function(first, last)
    local claims = {}
    for i = first, last do
      if t.flags:byte(i + 1) == 48 then
        claims[#claims + 1] = ARGV[t.fields + i]
        claims[#claims + 1] = '0'
      end
    end
    if #claims > 0 then redis.call('HSET', t.hash, unpack(claims)) end
  end)
  if t.type == 'string' then
    chunks(t.rows, function(first, last)
      local pairs_ = {}
      for i = first, last do
        pairs_[#pairs_ + 1] = KEYS[t.row_keys + i]
        pairs_[#pairs_ + 1] = ARGV[t.contents + i]
      end
      redis.call('MSET', unpack(pairs_))
    end)
  else
    local at = t.contents
    for i = 0, t.rows - 1 do
      local count, row = tonumber(ARGV[at]), KEYS[t.row_keys + i]
      redis.call('DEL', row)
      redis.call('HSET', row, unpack(ARGV, at + 1, at + count))
      at = at + count + 1
    end
  end
  local first_delete = t.row_keys + t.rows
  chunks(t.deletes, function(first, last)
    redis.call('DEL', unpack(KEYS, first_delete + first, first_delete + last))
  end)
end

for _, t in ipairs(tables) do
  chunks(t.count, function(first, last)
    local members, values, removed = {}, {}, {}
    for i = first, last do
      local value = ARGV[t.next + i]
      if value == '-' then
        removed[#removed + 1] = ARGV[t.fields + i]
      elseif value ~= '' then
        members[#members + 1] = '0'
        members[#members + 1] = ARGV[t.fields + i]
        values[#values + 1] = ARGV[t.fields + i]
        values[#values + 1] = value
      end
    end
    if #values > 0 then
      if t.order then redis.call('ZADD', t.order, unpack(members)) end
      redis.call('HSET', t.hash, unpack(values))
    end
    if #removed > 0 then
      redis.call('HDEL', t.hash, unpack(removed))
      redis.call('ZREM', t.order, unpack(removed))
    end
  end)
end
chunks(#held, function(first, last)
  redis.pcall('DEL', unpack(held, first + 1, last + 1))
end)
return 'done'
)";

// KEYS: ids, their order. ARGV: pairs of an id and what was read of it ("" for nothing). Removes
// those that nobody wrote since.
constexpr char kSweepIdsText[] = R"(
for i = 1, #ARGV, 2 do
  local is = redis.call('HGET', KEYS[1], ARGV[i])
  if (is or '') == ARGV[i + 1] then
    if is then redis.call('HDEL', KEYS[1], ARGV[i]) end
    redis.call('ZREM', KEYS[2], ARGV[i])
  end
end
return 1
)";

}  // namespace

std::string_view TextOf(Script script) {
  switch (script) {
    case Script::kOpen:
      return kOpenText;
    case Script::kEnsureStream:
      return kEnsureStreamText;
    case Script::kTakeTurns:
      return kTakeTurnsText;
    case Script::kReleaseTurns:
      return kReleaseTurnsText;
    case Script::kProbeRows:
      return kProbeRowsText;
    case Script::kCommit:
      return kCommitText;
    case Script::kSweepIds:
      return kSweepIdsText;
  }
  return "";
}

}  // namespace oncegate::redis
