// PostgresSessionTest: a session on a schema of its own, and a second way in by SQL.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "sinks/sink.h"
#include "tests/unit/sinks/conformance/records.h"
#include "tests/unit/sinks/postgres/postgres_fixture.h"

namespace oncegate::postgres {

class PostgresSessionTest : public ::testing::Test {
 protected:
  using Settings = std::map<std::string, std::string>;

  PostgresFixture& fixture() { return fixture_; }
  test::PostgresClient& client() { return fixture_.client(); }

  /// A session of a sink of its own. Throws if there is none.
  std::unique_ptr<SinkSession> Connect(Settings settings = {}) {
    return ConnectTo(fixture_.url(), std::move(settings));
  }
  std::unique_ptr<SinkSession> ConnectTo(const std::string& url, Settings settings = {}) {
    auto session = MakeSink(url, std::move(settings))->Connect();
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

  /// Rows in a transaction of their own; what UpsertRows said. Committed if it succeeded.
  static SinkStatus WriteAlone(SinkSession& session, const StreamTarget& target,
                               const std::vector<conformance::Record>& records,
                               RowsOutcome* outcome) {
    if (const SinkStatus begun = session.Begin(); !begun) return begun;
    const SinkStatus written = Write(session, target, records, outcome);
    if (!written || !outcome->bad.empty()) {
      session.Rollback();
    } else if (session.Commit() != CommitOutcome::kCommitted) {
      return SinkError{SinkErrorClass::kConnection, "COMMIT failed", ""};
    }
    return written;
  }

  /// One row in a transaction of its own, expected to be taken.
  static void ExpectTaken(SinkSession& session, const StreamTarget& target,
                          const std::string& key) {
    RowsOutcome outcome;
    const SinkStatus written =
        WriteAlone(session, target, {conformance::Upsert(key, "1")}, &outcome);
    EXPECT_TRUE(written.has_value()) << written.error().message;
    EXPECT_TRUE(outcome.bad.empty()) << outcome.bad[0].detail;
  }

  /// The class of a failed call, with its message where it is another one.
  static void ExpectClass(const SinkStatus& status, SinkErrorClass error_class,
                          const std::string& sqlstate = "") {
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().error_class, error_class)
        << status.error().sqlstate << " " << status.error().message;
    if (!sqlstate.empty()) {
      EXPECT_EQ(status.error().sqlstate, sqlstate);
    }
  }

  std::int64_t Rows(const std::string& table = "orders") {
    return fixture_.SqlCount("SELECT count(*) FROM " + table);
  }

  static const StreamTarget& orders() {
    static const StreamTarget target = conformance::Target("orders");
    return target;
  }

  static constexpr WallTime kNow{1'769'860'800'000'000};

 private:
  PostgresFixture fixture_;
};

}  // namespace oncegate::postgres
