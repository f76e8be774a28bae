// The row guard: which event may write over which row, for every pair of classes, and what the row
// holds afterwards.
#include <tuple>

#include "tests/unit/sinks/conformance/conformance.h"

namespace oncegate::conformance {
namespace {

/// The rule of dedupe/judge/fold.h, told once more in the plainest way.
bool MayWrite(const Record& stored, const Record& event) {
  if (event.version) return !stored.version || *event.version > *stored.version;
  if (stored.version) return false;
  const bool comparable = !event.producer.empty() && event.producer == stored.producer &&
                          event.sequence && stored.sequence;
  return !comparable ||
         std::tie(event.epoch, *event.sequence) >= std::tie(stored.epoch, *stored.sequence);
}

/// One event of every kind: with and without version, producer, sequence; upsert and delete.
std::vector<Record> EveryKind() {
  std::vector<Record> kinds;
  for (const Operation operation : {Operation::kUpsert, Operation::kDelete}) {
    for (const std::optional<std::uint64_t> version :
         {std::optional<std::uint64_t>{}, std::optional<std::uint64_t>{9},
          std::optional<std::uint64_t>{10}}) {
      for (const std::string producer : {"", "p", "q"}) {
        using Position = std::pair<std::int64_t, std::optional<std::int64_t>>;
        for (const auto& [epoch, sequence] :
             {Position{2, std::nullopt}, Position{0, 10}, Position{1, 9}, Position{1, 10}}) {
          Record record = operation == Operation::kUpsert ? Upsert("", "") : Delete("");
          record.producer = producer;
          record.epoch = epoch;
          record.sequence = sequence;
          if (version) record.version = Version{0, *version};
          kinds.push_back(record);
        }
      }
    }
  }
  return kinds;
}

std::string PairKey(std::size_t first, std::size_t second) {
  return std::to_string(1000 + first) + "-" + std::to_string(1000 + second);
}

void ExpectHolds(const TableRow& row, const Record& record) {
  EXPECT_EQ(row.deleted, record.operation == Operation::kDelete);
  EXPECT_EQ(row.value.has_value(), record.operation == Operation::kUpsert);
  if (row.value) {
    EXPECT_TRUE(SameJson(*row.value, record.value)) << *row.value;
  }
  EXPECT_EQ(row.producer.value_or(""), record.producer);
  EXPECT_EQ(row.sequence, record.sequence);
  EXPECT_EQ(row.version.has_value(), record.version.has_value());
  if (record.version) {
    EXPECT_EQ(row.version.value_or(""), ToDecimal(*record.version));
  }
  if (!record.producer.empty()) {
    EXPECT_EQ(row.epoch, record.epoch);
  }
}

TEST_P(SinkConformance, EveryKindOfEventMeetsEveryKindOfRow) {
  const StreamTarget orders = Target("orders", DedupeMode::kOff);
  Ensure(orders);
  const std::vector<Record> kinds = EveryKind();
  std::vector<Record> earlier;
  std::vector<Record> later;
  for (std::size_t first = 0; first < kinds.size(); ++first) {
    for (std::size_t second = 0; second < kinds.size(); ++second) {
      earlier.push_back(kinds[first]);
      earlier.back().key = PairKey(first, second);
      if (earlier.back().operation == Operation::kUpsert) earlier.back().value = "\"earlier\"";
      later.push_back(kinds[second]);
      later.back().key = PairKey(first, second);
      if (later.back().operation == Operation::kUpsert) later.back().value = "\"later\"";
    }
  }
  for (const RowEffect effect : Write(orders, earlier).effects) {
    EXPECT_EQ(effect, RowEffect::kWritten);
  }
  const RowsOutcome outcome = Write(orders, later);
  ASSERT_EQ(outcome.effects.size(), later.size());
  for (std::size_t i = 0; i < later.size(); ++i) {
    SCOPED_TRACE(later[i].key);
    const bool may_write = MayWrite(earlier[i], later[i]);
    EXPECT_EQ(outcome.effects[i], may_write ? RowEffect::kWritten : RowEffect::kNewerExists);
    const auto row = fixture().StoredRow("orders", later[i].key);
    ASSERT_TRUE(row.has_value());
    ExpectHolds(*row, may_write ? later[i] : earlier[i]);
  }
}

TEST_P(SinkConformance, VersionsCompareAsNumbersUpTo128Bits) {
  const StreamTarget orders = Target("orders", DedupeMode::kOff);
  Ensure(orders);
  const std::uint64_t top = ~std::uint64_t{0};
  const std::vector<Version> versions{
      {0, 0},    {0, 1}, {0, 9}, {0, 10},  {0, top >> 1U}, {0, (top >> 1U) + 1},
      {0, top},  {1, 0}, {1, 1}, {9, top}, {top >> 1U, 7}, {top, 0},
      {top, top}};
  std::vector<Record> earlier;
  std::vector<Record> later;
  for (std::size_t first = 0; first < versions.size(); ++first) {
    for (std::size_t second = 0; second < versions.size(); ++second) {
      const std::string key = PairKey(first, second);
      earlier.push_back(WithVersion(Upsert(key, "1"), versions[first]));
      later.push_back(WithVersion(Upsert(key, "2"), versions[second]));
    }
  }
  Write(orders, earlier);
  const RowsOutcome outcome = Write(orders, later);
  ASSERT_EQ(outcome.effects.size(), later.size());
  for (std::size_t i = 0; i < later.size(); ++i) {
    const bool newer = *later[i].version > *earlier[i].version;
    EXPECT_EQ(outcome.effects[i], newer ? RowEffect::kWritten : RowEffect::kNewerExists)
        << ToDecimal(*earlier[i].version) << " then " << ToDecimal(*later[i].version);
    const auto row = fixture().StoredRow("orders", later[i].key);
    ASSERT_TRUE(row.has_value());
    EXPECT_EQ(row->version, ToDecimal(newer ? *later[i].version : *earlier[i].version));
  }
}

TEST_P(SinkConformance, AVersionStreamTellsEqualVersionsAndWhatTheRowHolds) {
  const StreamTarget prices = Target("prices", DedupeMode::kVersion);
  Ensure(prices);
  Write(prices, {WithVersion(Upsert("a", "[1]"), 5), WithVersion(Delete("b"), 5),
                 WithVersion(Upsert("c", "3"), 5), WithVersion(Upsert("d", "4"), 5)});
  const RowsOutcome outcome =
      Write(prices, {WithVersion(Upsert("a", "9"), 5), WithVersion(Upsert("b", "9"), 5),
                     WithVersion(Upsert("c", "9"), 4), WithVersion(Upsert("d", "9"), 6)});
  EXPECT_EQ(outcome.effects,
            (std::vector<RowEffect>{RowEffect::kSameVersion, RowEffect::kSameVersion,
                                    RowEffect::kNewerExists, RowEffect::kWritten}));
  ASSERT_EQ(outcome.stored.size(), 2U);
  EXPECT_EQ(outcome.stored[0].row, 0U);
  EXPECT_FALSE(outcome.stored[0].deleted);
  EXPECT_TRUE(SameJson(outcome.stored[0].value, "[1]"));
  EXPECT_EQ(outcome.stored[1].row, 1U);
  EXPECT_TRUE(outcome.stored[1].deleted);
  EXPECT_EQ(outcome.stored[1].value, "");
}

TEST_P(SinkConformance, ADeletedRowKeepsItsGuardAndComesBackOnlyByANewerEvent) {
  const StreamTarget orders = Target("orders");
  Ensure(orders);
  EXPECT_EQ(WriteOne(orders, WithVersion(From(Delete("k"), "p", 0, 1), 20)), RowEffect::kWritten);
  EXPECT_EQ(WriteOne(orders, WithVersion(From(Upsert("k", "15"), "p", 0, 2), 15)),
            RowEffect::kNewerExists);
  EXPECT_EQ(WriteOne(orders, From(Upsert("k", "0"), "p", 0, 3)), RowEffect::kNewerExists);
  EXPECT_TRUE(fixture().StoredRow("orders", "k")->deleted);
  EXPECT_EQ(WriteOne(orders, WithVersion(From(Upsert("k", "30"), "p", 0, 4), 30)),
            RowEffect::kWritten);
  const auto row = fixture().StoredRow("orders", "k");
  EXPECT_FALSE(row->deleted);
  EXPECT_EQ(row->value, "30");
}

TEST_P(SinkConformance, ALateEventOfTheSameProducerDoesNotBringADeletedRowBack) {
  const StreamTarget orders = Target("orders");
  Ensure(orders);
  WriteOne(orders, From(Upsert("k", "1"), "p", 0, 1));
  EXPECT_EQ(WriteOne(orders, From(Delete("k"), "p", 0, 3)), RowEffect::kWritten);
  EXPECT_EQ(WriteOne(orders, From(Upsert("k", "2"), "p", 0, 2)), RowEffect::kNewerExists);
  EXPECT_TRUE(fixture().StoredRow("orders", "k")->deleted);
  EXPECT_EQ(WriteOne(orders, From(Upsert("k", "3"), "p", 1, 0)), RowEffect::kWritten);
  EXPECT_FALSE(fixture().StoredRow("orders", "k")->deleted);
}

TEST_P(SinkConformance, KeysAreToldApartByBytes) {
  const StreamTarget orders = Target("orders");
  Ensure(orders);
  const std::vector<std::string> keys{"K",   "k",   "k ",        "k'; --",
                                      "k\"", "k\\", "k\xcc\x81", "\xc3\xa9"};
  std::vector<Record> records;
  for (const std::string& key : keys) {
    records.push_back(Upsert(key, std::to_string(records.size())));
  }
  Write(orders, records);
  EXPECT_EQ(fixture().RowCount("orders"), static_cast<std::int64_t>(keys.size()));
  for (const Record& record : records) {
    EXPECT_EQ(fixture().StoredRow("orders", record.key)->value, record.value) << record.key;
  }
}

TEST_P(SinkConformance, ALaterStatementOfATransactionSeesTheRowsOfAnEarlierOne) {
  const StreamTarget orders = Target("orders");
  Ensure(orders);
  RowsOutcome first;
  RowsOutcome second;
  ASSERT_TRUE(session().Begin().has_value());
  ASSERT_TRUE(WriteRows(orders, {WithVersion(Upsert("k", "1"), 7)}, &first).has_value());
  ASSERT_TRUE(WriteRows(orders, {WithVersion(Upsert("k", "2"), 6)}, &second).has_value());
  ASSERT_EQ(session().Commit(), CommitOutcome::kCommitted);
  EXPECT_EQ(first.effects, std::vector<RowEffect>{RowEffect::kWritten});
  EXPECT_EQ(second.effects, std::vector<RowEffect>{RowEffect::kNewerExists});
}

}  // namespace
}  // namespace oncegate::conformance
