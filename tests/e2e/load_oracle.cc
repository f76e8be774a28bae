#include "tests/e2e/load_oracle.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>

namespace oncegate::e2e {
namespace {

struct Written {
  /// How often each event was written, by its name.
  std::map<std::string, int> writes;
  /// The sequence or version that each row holds, by its key.
  std::map<std::string, std::int64_t> rows;
};

/// The name of the event behind a row or a noted write.
std::string NameOf(const Load& load, const DocumentRow& row) {
  switch (load.shape().content) {
    case LoadContent::kOwnKeys:
    case LoadContent::kSharedKeys:
      return *row.producer + "/" + *row.epoch + "/" + *row.sequence;
    case LoadContent::kIds:
      return *row.id;
    case LoadContent::kVersions:
      return row.key.substr(0, row.key.find('-')) + "/0/" + *row.version;
  }
  return "";
}

Written ReadSink(const Load& load, SinkSite* sink, const std::string& table) {
  Written written;
  for (const SqlRow& event : sink->AuditedEvents(table)) {
    if (!event[0]->starts_with(load.shape().prefix)) continue;
    DocumentRow row;
    row.key = *event[0];
    row.producer = event[1];
    row.epoch = event[2];
    row.sequence = event[3];
    row.id = event[4];
    row.version = event[5];
    ++written.writes[NameOf(load, row)];
  }
  for (const DocumentRow& row : sink->Rows(table, load.shape().prefix)) {
    const std::string name = NameOf(load, row);
    written.rows[row.key] = std::stoll(name.substr(name.rfind('/') + 1));
  }
  return written;
}

void ExpectHeld(const Load& load, const Written& written, const std::set<std::string>& settled) {
  int lost = 0;
  for (const LoadEvent& event : load.AllEvents()) {
    if (!settled.contains(load.NameOf(event))) continue;
    const auto row = written.rows.find(load.RowOf(event));
    // A row of one event holds it; a row of many holds it or a higher one.
    if (row != written.rows.end() && row->second >= event.sequence) continue;
    if (++lost == 1) ADD_FAILURE() << load.NameOf(event) << " was answered as settled and is lost";
  }
  EXPECT_EQ(lost, 0) << "events of " << load.shape().stream;
  for (const auto& [name, writes] : written.writes) {
    EXPECT_EQ(writes, 1) << name << " was written more than once";
  }
}

/// How many rows a table that keeps every event has of each, by its name.
std::map<std::string, int> RowsOfEachEvent(const Load& load, SinkSite* sink,
                                           const std::string& table) {
  std::map<std::string, int> rows;
  for (const SqlRow& row : sink->Query("SELECT producer, epoch, seq FROM " + table)) {
    if (!row[0]->starts_with(load.shape().prefix)) continue;
    ++rows[*row[0] + "/" + *row[1] + "/" + *row[2]];
  }
  return rows;
}

}  // namespace

void ExpectNothingSettledIsLost(const Load& load, SinkSite* sink, const std::string& table) {
  ExpectHeld(load, ReadSink(load, sink, table), load.SettledByBook());
}

void ExpectEveryEventOnce(const Load& load, SinkSite* sink, const std::string& table) {
  EXPECT_THAT(load.Surprises(), ::testing::IsEmpty());
  EXPECT_EQ(load.SettledByBook(), load.AllKeys());
  const Written written = ReadSink(load, sink, table);
  ExpectHeld(load, written, load.AllKeys());
  std::map<std::string, std::int64_t> highest;
  for (const LoadEvent& event : load.AllEvents()) {
    std::int64_t& row = highest[load.RowOf(event)];
    row = std::max<std::int64_t>(row, event.sequence);
    if (load.RowOf(event) != load.NameOf(event)) continue;
    EXPECT_TRUE(written.writes.contains(load.NameOf(event))) << load.NameOf(event);
  }
  EXPECT_EQ(written.rows, highest);
  // Without a ledger, a resend that is folded into a newer event of its row shares its verdict.
  if (load.shape().content == LoadContent::kVersions) return;
  for (const auto& [name, answers] : load.AppliedAnswers()) {
    EXPECT_LE(answers, 1) << name << " of " << load.shape().stream
                          << " was answered as applied more than once";
  }
}

void ExpectSettledEventsAreOneRowEach(const Load& load, SinkSite* sink, const std::string& table) {
  const std::map<std::string, int> rows = RowsOfEachEvent(load, sink, table);
  for (const auto& [name, count] : rows) EXPECT_EQ(count, 1) << name;
  for (const std::string& name : load.SettledByBook()) {
    EXPECT_TRUE(rows.contains(name)) << name << " was answered as settled and is lost";
  }
}

void ExpectEveryEventIsOneRow(const Load& load, SinkSite* sink, const std::string& table) {
  EXPECT_THAT(load.Surprises(), ::testing::IsEmpty());
  EXPECT_EQ(load.SettledByBook(), load.AllKeys());
  ExpectSettledEventsAreOneRowEach(load, sink, table);
  EXPECT_EQ(RowsOfEachEvent(load, sink, table).size(), load.AllKeys().size());
}

}  // namespace oncegate::e2e
