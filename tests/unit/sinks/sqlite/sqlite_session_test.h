// SqliteSessionTest: a session on a file of its own, and a second way in by SQL.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "sinks/sink.h"
#include "tests/unit/sinks/conformance/records.h"
#include "tests/unit/sinks/sqlite/plain_database.h"
#include "tests/unit/sinks/sqlite/scratch_folder.h"
#include "tests/unit/sinks/sqlite/sqlite_fixture.h"

namespace oncegate::sqlite {

class SqliteSessionTest : public ::testing::Test {
 protected:
  SqliteSessionTest() : sink_(MakeSink(folder_.path())) {}

  std::filesystem::path path() const { return folder_.path() / "sink.sqlite"; }
  std::filesystem::path log_path() const { return folder_.path() / "sink.sqlite-wal"; }
  Sink& sink() { return *sink_; }

  std::unique_ptr<SinkSession> Connect() {
    auto session = sink_->Connect();
    if (!session) throw std::runtime_error(session.error().message);
    return std::move(*session);
  }

  /// UpsertRows within the open transaction.
  static SinkStatus Write(SinkSession& session, const StreamTarget& target,
                          const std::vector<conformance::Record>& records, RowsOutcome* outcome) {
    std::vector<Event> events;
    for (const conformance::Record& record : records) events.push_back(record.View());
    std::vector<const Event*> rows;
    for (const Event& event : events) rows.push_back(&event);
    return session.UpsertRows(target, rows, kNow, outcome);
  }

  /// One row in a transaction of its own.
  static CommitOutcome CommitRow(SinkSession& session, const std::string& key,
                                 const std::string& value) {
    RowsOutcome outcome;
    if (!session.Begin() ||
        !Write(session, orders(), {conformance::Upsert(key, value)}, &outcome)) {
      session.Rollback();
      return CommitOutcome::kAborted;
    }
    return session.Commit();
  }

  std::int64_t Rows() { return PlainDatabase(path()).Count("SELECT count(*) FROM orders"); }

  static const StreamTarget& orders() {
    static const StreamTarget target = conformance::Target("orders");
    return target;
  }

  static constexpr WallTime kNow{1'769'860'800'000'000};

 private:
  ScratchFolder folder_;
  std::unique_ptr<Sink> sink_;
};

}  // namespace oncegate::sqlite
