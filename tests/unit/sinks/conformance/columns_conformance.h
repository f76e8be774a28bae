// ColumnsConformance: the suite of the columns target, for the sinks that have it.
#pragma once

#include "tests/unit/sinks/conformance/conformance.h"

namespace oncegate::conformance {

class ColumnsConformance : public SinkConformance {
 protected:
  /// Rows in a transaction of their own, as the service writes them: again after a lost race, and
  /// once the table has the columns that they ask for. Committed unless a row is bad.
  RowsOutcome WriteGrowing(SinkSession* session, const StreamTarget& target,
                           const std::vector<Record>& records) {
    std::vector<Event> events;
    for (const Record& record : records) events.push_back(record.View());
    std::vector<const Event*> rows;
    for (const Event& event : events) rows.push_back(&event);
    RowsOutcome outcome;
    for (int round = 0; round < kRoundsMax; ++round) {
      EXPECT_TRUE(session->Begin().has_value());
      const SinkStatus written = session->UpsertRows(target, rows, kNow, &outcome);
      if (written && outcome.bad.empty() && outcome.new_columns.empty()) {
        EXPECT_EQ(session->Commit(), CommitOutcome::kCommitted);
        return outcome;
      }
      session->Rollback();
      if (!written) {
        EXPECT_EQ(written.error().error_class, SinkErrorClass::kRestart) << written.error().message;
      } else if (!outcome.new_columns.empty()) {
        const SinkStatus added = session->AddColumns(target, outcome.new_columns);
        EXPECT_TRUE(added.has_value()) << added.error().message;
      } else {
        return outcome;
      }
    }
    ADD_FAILURE() << "the rows were not written in " << kRoundsMax << " rounds";
    return outcome;
  }

 private:
  static constexpr int kRoundsMax = 5;
};

}  // namespace oncegate::conformance
