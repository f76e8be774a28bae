// SessionSteps: what tests of one sink do with its sessions.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sinks/sink.h"
#include "tests/unit/sinks/conformance/records.h"

namespace oncegate::conformance {

class SessionSteps : public ::testing::Test {
 protected:
  /// UpsertRows within the open transaction.
  static SinkStatus Write(SinkSession& session, const StreamTarget& target,
                          const std::vector<Record>& records, RowsOutcome* outcome) {
    std::vector<Event> events;
    for (const Record& record : records) events.push_back(record.View());
    std::vector<const Event*> rows;
    for (const Event& event : events) rows.push_back(&event);
    return session.UpsertRows(target, rows, kNow, outcome);
  }

  /// Rows in a transaction of their own; what UpsertRows said. Committed if it succeeded.
  static SinkStatus WriteAlone(SinkSession& session, const StreamTarget& target,
                               const std::vector<Record>& records, RowsOutcome* outcome) {
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
    const SinkStatus written = WriteAlone(session, target, {Upsert(key, "1")}, &outcome);
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

  static const StreamTarget& orders() {
    static const StreamTarget target = Target("orders");
    return target;
  }

  static constexpr WallTime kNow{1'769'860'800'000'000};
};

}  // namespace oncegate::conformance
