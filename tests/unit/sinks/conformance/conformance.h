// SinkConformance: the behaviour of the Sink interface that verdicts rest on, as one suite that
// every transactional sink passes on its real database. The tests stand in the *_conformance.cc
// files of this folder; a sink's test program links oncegate_sink_conformance and instantiates the
// suite.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sinks/sink.h"
#include "tests/unit/sinks/conformance/sink_fixture.h"

namespace oncegate::conformance {

/// An event that owns its text.
struct Record {
  std::string key;
  std::string value = "1";
  Operation operation = Operation::kUpsert;
  std::string producer;
  std::int64_t epoch = 0;
  std::optional<std::int64_t> sequence;
  std::string id;
  std::optional<Version> version;
  std::optional<WallTime> event_time;

  Event View() const;
};

Record Upsert(std::string key, std::string value);
Record Delete(std::string key);
Record From(Record record, std::string producer, std::int64_t epoch, std::int64_t sequence);
Record WithVersion(Record record, std::uint64_t version);
Record WithVersion(Record record, Version version);

Token TokenOf(std::uint8_t number);
Fingerprint FingerprintOf(std::uint64_t number);
/// A claim without fingerprint.
IdClaim JustId(std::string_view id);
StreamTarget Target(std::string stream, DedupeMode mode = DedupeMode::kWindow);

/// One ledger write that owns its text.
struct Mark {
  std::string stream = "orders";
  std::string producer = "p";
  std::optional<Token> expected = {};
  Token token = {};
  std::int64_t epoch = 0;
  std::string state = "state";
};

/// Equal as JSON values, for documents without objects of several members: white space is skipped,
/// numbers are compared digit by digit.
bool SameJson(std::string_view left, std::string_view right);

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

/// WriteLedger within the open transaction of `session`.
SinkStatus WriteMarksOn(SinkSession& session, const std::vector<Mark>& marks, WallTime now,
                        std::vector<std::uint32_t>* lost);

inline std::string SinkUnderTestName(const ::testing::TestParamInfo<SinkUnderTest>& info) {
  return info.param.name;
}

}  // namespace oncegate::conformance
