#include "sinks/mysql/ledger.h"

#include <algorithm>
#include <functional>

#include "sinks/mysql/block_io.h"

namespace oncegate::mysql {
namespace {

/// More updates than these go by two statements for all.
constexpr std::size_t kSingleUpdatesMax = 2;
/// Of a row of the ledger besides producer and state.
constexpr std::size_t kRowBytes = 128;
constexpr std::size_t kProducerBytesMax = 1024;  // Of the column.

#define ONCEGATE_MICROSECONDS(column) "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', " column ")"
#define ONCEGATE_READ_LEDGER                               \
  "SELECT producer, token, state, " ONCEGATE_MICROSECONDS( \
      "updated_at") " FROM oncegate_ledger FORCE INDEX (PRIMARY) WHERE stream = ? AND "

const BlockStatement& Reading(bool lock) {
  static const BlockStatement read{"ledger_read", ONCEGATE_READ_LEDGER "producer IN (", "?", ")",
                                   "bbbi"};
  static const BlockStatement locked{"ledger_lock", ONCEGATE_READ_LEDGER "producer IN (", "?",
                                     ") ORDER BY producer FOR UPDATE", "bbbi"};
  return lock ? locked : read;
}

const BlockStatement& Inserting() {
  static const BlockStatement statement{
      "ledger_insert",
      "INSERT INTO oncegate_ledger (stream, producer, epoch, state, token, updated_at) VALUES ",
      "(?,?,?,?,?,?)", "", ""};
  return statement;
}

/// Of rows that are there and locked, so that it never inserts; their only unique key is the
/// primary one.
const BlockStatement& Replacing() {
  static const BlockStatement statement{
      "ledger_replace", Inserting().head, Inserting().row,
      " ON DUPLICATE KEY UPDATE epoch = VALUES(epoch), state = VALUES(state), "
      "token = VALUES(token), updated_at = VALUES(updated_at)",
      ""};
  return statement;
}

const Statement kUpdate{"ledger_update",
                        "UPDATE oncegate_ledger SET epoch = ?, state = ?, token = ?, "
                        "updated_at = ? WHERE stream = ? AND producer = ? AND token = ?",
                        ""};

std::string_view BytesOf(const Token& token) {
  return {reinterpret_cast<const char*>(token.bytes.data()), token.bytes.size()};
}

LedgerRow ReadRow(const QueryRows& rows, std::size_t row) {
  LedgerRow read;
  read.found = true;
  const std::string_view token = rows.Bytes(row, 1);
  // A token of another size is none of ours and equals none: the state counts as changed.
  std::copy_n(token.begin(), std::min(token.size(), read.token.bytes.size()),
              read.token.bytes.begin());
  read.state = rows.Bytes(row, 2);
  read.updated_at = WallTime{rows.Integer(row, 3)};
  return read;
}

/// Producers of one stream, and where each stands among the requests or writes.
struct Keys {
  std::string_view stream;
  std::vector<std::string_view> producers;
  Places places;
};

/// The keys of `places`, which are sorted, stream by stream.
std::vector<Keys> ByStream(std::span<const std::uint32_t> places,
                           const std::function<LedgerKey(std::uint32_t)>& key_of) {
  std::vector<Keys> streams;
  for (const std::uint32_t place : places) {
    const LedgerKey key = key_of(place);
    if (streams.empty() || streams.back().stream != key.stream) {
      streams.push_back({key.stream, {}, {}});
    }
    streams.back().producers.push_back(key.producer);
    streams.back().places.push_back(place);
  }
  return streams;
}

using TakeLedgerRow = std::function<void(std::uint32_t place, LedgerRow row)>;

MysqlStatus ReadPlaces(Connection& connection, bool lock, const std::vector<Keys>& streams,
                       const TakeLedgerRow& take) {
  for (const Keys& keys : streams) {
    const MysqlStatus read =
        ReadByKeys(connection, Reading(lock), keys.stream, keys.producers,
                   [&](std::size_t place, const QueryRows& rows, std::size_t row) {
                     take(keys.places[place], ReadRow(rows, row));
                   });
    if (!read) return read.error();
  }
  return {};
}

/// A text above all producers that begin with `prefix`, and below all others that are above it.
std::string EndOfPrefix(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (end.empty()) return std::string(kProducerBytesMax + 1, '\xff');
  ++end.back();
  return end;
}

/// The writes of one call to WriteLedger.
class Writing {
 public:
  Writing(Connection& connection, std::span<const LedgerWrite> writes, WallTime now,
          std::vector<std::uint32_t>* lost)
      : connection_(connection), writes_(writes), now_(now), lost_(lost) {}

  MysqlStatus Insert(Places places) {
    return InsertUnknown(connection_, Inserting(), Source(), std::move(places),
                         {[this](Places* open) { return LeaveOutKnown(open); },
                          [](std::span<const std::uint32_t>) {}});
  }

  MysqlStatus Update(const Places& places) {
    if (places.size() > kSingleUpdatesMax) return UpdateTogether(places);
    for (const std::uint32_t place : places) {
      const LedgerWrite& write = writes_[place];
      Parameters parameters;
      parameters.AddInteger(write.epoch.value);
      parameters.AddBytes(write.state);
      parameters.AddBytes(BytesOf(write.token));
      parameters.AddTime(now_);
      parameters.AddBytes(write.key.stream);
      parameters.AddBytes(write.key.producer);
      parameters.AddBytes(BytesOf(*write.expected));
      const auto updated = connection_.Execute(kUpdate, parameters);
      if (!updated) return updated.error();
      // The token is another one, so that a row that was found was also changed.
      if (updated->affected() == 0) lost_->push_back(place);
    }
    return {};
  }

 private:
  RowSource Source() const {
    return {[this](std::uint32_t place, Parameters* parameters) {
              const LedgerWrite& write = writes_[place];
              parameters->AddBytes(write.key.stream);
              parameters->AddBytes(write.key.producer);
              parameters->AddInteger(write.epoch.value);
              parameters->AddBytes(write.state);
              parameters->AddBytes(BytesOf(write.token));
              parameters->AddTime(now_);
            },
            [this](std::uint32_t place) {
              const LedgerWrite& write = writes_[place];
              return write.key.producer.size() + write.state.size() + kRowBytes;
            }};
  }

  std::vector<Keys> KeysOf(std::span<const std::uint32_t> places) const {
    return ByStream(places, [this](std::uint32_t place) { return writes_[place].key; });
  }

  /// Those that are known after all are lost.
  MysqlStatus LeaveOutKnown(Places* open) {
    Places known;
    const MysqlStatus read =
        ReadPlaces(connection_, false, KeysOf(*open),
                   [&](std::uint32_t place, const LedgerRow&) { known.push_back(place); });
    if (!read) return read.error();
    std::erase_if(*open, [&](std::uint32_t place) {
      return std::find(known.begin(), known.end(), place) != known.end();
    });
    lost_->insert(lost_->end(), known.begin(), known.end());
    return {};
  }

  MysqlStatus UpdateTogether(const Places& places) {
    std::vector<bool> holds(writes_.size(), false);
    const MysqlStatus locked = ReadPlaces(connection_, true, KeysOf(places),
                                          [&](std::uint32_t place, const LedgerRow& row) {
                                            holds[place] = row.token == *writes_[place].expected;
                                          });
    if (!locked) return locked.error();
    Places won;
    for (const std::uint32_t place : places) (holds[place] ? won : *lost_).push_back(place);
    std::size_t written = 0;
    return WriteBlocks(connection_, Replacing(), Source(), won, &written);
  }

  Connection& connection_;
  std::span<const LedgerWrite> writes_;
  WallTime now_;
  std::vector<std::uint32_t>* lost_;
};

}  // namespace

MysqlStatus ReadLedger(Connection& connection, std::span<const LedgerRequest> requests,
                       std::vector<LedgerRow>* rows) {
  rows->assign(requests.size(), LedgerRow{});
  for (const bool lock : {true, false}) {
    Places places;
    for (std::uint32_t i = 0; i < requests.size(); ++i) {
      if (requests[i].lock == lock) places.push_back(i);
    }
    const auto streams = ByStream(places, [&](std::uint32_t place) { return requests[place].key; });
    const MysqlStatus read =
        ReadPlaces(connection, lock, streams,
                   [&](std::uint32_t place, LedgerRow row) { (*rows)[place] = std::move(row); });
    if (!read) return read.error();
  }
  return {};
}

MysqlStatus WriteLedger(Connection& connection, std::span<const LedgerWrite> writes, WallTime now,
                        std::vector<std::uint32_t>* lost) {
  lost->clear();
  Places inserts;
  Places updates;
  for (std::uint32_t i = 0; i < writes.size(); ++i) {
    (writes[i].expected ? updates : inserts).push_back(i);
  }
  Writing writing(connection, writes, now, lost);
  if (const MysqlStatus inserted = writing.Insert(std::move(inserts)); !inserted) {
    return inserted.error();
  }
  if (const MysqlStatus updated = writing.Update(updates); !updated) return updated.error();
  std::sort(lost->begin(), lost->end());
  return {};
}

MysqlResult<std::vector<ListedProducer>> ListProducers(Connection& connection,
                                                       const LedgerQuery& query) {
  Parameters parameters;
  parameters.AddBytes(query.stream);
  parameters.AddBytes(query.after);
  parameters.AddBytes(query.prefix);
  const std::string end = EndOfPrefix(query.prefix);
  parameters.AddBytes(end);
  parameters.AddInteger(query.limit);
  const auto found = connection.Execute(
      {"ledger_list",
       ONCEGATE_READ_LEDGER
       "producer > ? AND producer >= ? AND producer < ? ORDER BY producer LIMIT ?",
       "bbbi"},
      parameters);
  if (!found) return found.error();
  std::vector<ListedProducer> producers;
  for (std::size_t row = 0; row < found->size(); ++row) {
    producers.push_back({std::string(found->Bytes(row, 0)), ReadRow(*found, row)});
  }
  return producers;
}

MysqlResult<std::uint64_t> CountProducers(Connection& connection, std::string_view stream) {
  Parameters parameters;
  parameters.AddBytes(stream);
  const auto counted = connection.Execute(
      {"ledger_count", "SELECT COUNT(*) FROM oncegate_ledger WHERE stream = ?", "i"}, parameters);
  if (!counted) return counted.error();
  return static_cast<std::uint64_t>(counted->Integer(0, 0));
}

}  // namespace oncegate::mysql
