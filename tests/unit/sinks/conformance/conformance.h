// SinkConformance: the behaviour of the Sink interface that verdicts rest on, as one suite that
// every transactional sink passes on its real database. The tests stand in the *_conformance.cc
// files of this folder; a sink's test program links oncegate_sink_conformance and instantiates the
// suite.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sinks/sink.h"
#include "tests/unit/sinks/conformance/records.h"
#include "tests/unit/sinks/conformance/sink_fixture.h"

namespace oncegate::conformance {

using Strings = std::vector<std::string>;

/// The value that RefuseMarkedValues lets the database refuse.
inline constexpr char kRefused[] = "\"refused\"";

/// The indexes of the rows that the sink did not take.
std::vector<std::uint32_t> BadIndexes(const RowsOutcome& outcome);

/// Equal as JSON values, for documents without objects of several members: white space is skipped,
/// numbers are compared digit by digit.
bool SameJson(std::string_view left, std::string_view right);

/// Ends a test that the sink is not made for.
#define ONCEGATE_ONLY_IF(capability) \
  if (!fixture().capability()) GTEST_SKIP() << "not of this sink: " #capability

class SinkConformance : public ::testing::TestWithParam<SinkUnderTest> {
 protected:
  void SetUp() override;

  SinkFixture& fixture() { return *fixture_; }
  /// The session of the test, connected by SetUp.
  SinkSession& session() { return *session_; }
  /// A session of a further sink on the same database.
  std::unique_ptr<SinkSession> Connect();
  /// Gives up session() without Commit or Rollback and connects again.
  void Reconnect();

  /// A target of the kind that the sink has.
  static StreamTarget Target(std::string stream, DedupeMode mode = DedupeMode::kWindow);
  /// EnsureStream, expected to succeed.
  void Ensure(const StreamTarget& target);
  /// Rows in a transaction of their own, committed unless a row is bad (then rolled back).
  RowsOutcome Write(const StreamTarget& target, const std::vector<Record>& records);
  /// The effect of writing one row.
  RowEffect WriteOne(const StreamTarget& target, const Record& record);
  /// UpsertRows within the open transaction.
  SinkStatus WriteRows(const StreamTarget& target, const std::vector<Record>& records,
                       RowsOutcome* outcome);
  /// WriteLedger in a transaction of its own; gives the indexes of lost writes. Marks are sorted.
  std::vector<std::uint32_t> WriteMarks(const std::vector<Mark>& marks);
  /// The ledger row of a producer, read in a transaction of its own.
  LedgerRow ReadMark(const std::string& stream, const std::string& producer, bool lock = false);
  /// ClaimIds in a transaction of its own, committed.
  std::vector<IdOutcome> Claim(const std::string& stream, const std::vector<IdClaim>& claims,
                               WallTime now = kNow);

  static constexpr WallTime kNow{1'769'860'800'123'456};  // 2026-01-31T12:00:00.123456Z

 private:
  std::unique_ptr<SinkFixture> fixture_;
  std::unique_ptr<Sink> sink_;
  std::vector<std::unique_ptr<Sink>> further_sinks_;
  std::unique_ptr<SinkSession> session_;
};

inline std::string SinkUnderTestName(const ::testing::TestParamInfo<SinkUnderTest>& info) {
  return info.param.name;
}

}  // namespace oncegate::conformance
