#include "tests/unit/sinks/conformance/conformance.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <utility>

namespace oncegate::conformance {
namespace {

/// Drops white space outside strings.
std::string Compact(std::string_view text) {
  std::string compact;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\') {
      compact.append(text.substr(i++, 2));
      continue;
    }
    if (c == '"') in_string = !in_string;
    if (in_string || std::isspace(static_cast<unsigned char>(c)) == 0) compact.push_back(c);
  }
  return compact;
}

/// sign, digits without leading and trailing zeros, "e", decimal exponent of the last digit.
std::optional<std::string> CanonicalNumber(std::string_view text) {
  std::string digits;
  std::int64_t exponent = 0;
  std::size_t at = 0;
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) ++at;
  bool fraction = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c >= '0' && c <= '9') {
      digits.push_back(c);
      if (fraction) --exponent;
    } else if (c == '.') {
      fraction = true;
    } else if ((c == 'e' || c == 'E') && !digits.empty()) {
      exponent += std::stoll(std::string(text.substr(at + 1)));
      break;
    } else {
      return std::nullopt;
    }
  }
  if (digits.empty()) return std::nullopt;
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  while (!digits.empty() && digits.back() == '0') {
    digits.pop_back();
    ++exponent;
  }
  if (digits.empty()) return "0";
  return (negative ? "-" : "") + digits + "e" + std::to_string(exponent);
}

}  // namespace

bool SameJson(std::string_view left, std::string_view right) {
  const std::string a = Compact(left);
  const std::string b = Compact(right);
  const auto number = CanonicalNumber(a);
  return number ? number == CanonicalNumber(b) : a == b;
}

std::vector<std::uint32_t> BadIndexes(const RowsOutcome& outcome) {
  std::vector<std::uint32_t> rows;
  for (const BadRow& bad : outcome.bad) rows.push_back(bad.row);
  return rows;
}

void SinkConformance::SetUp() {
  fixture_ = GetParam().make();
  const std::string why_not =
      fixture_->WhyNot(*::testing::UnitTest::GetInstance()->current_test_info());
  if (!why_not.empty()) GTEST_SKIP() << "SKIPPED: " << why_not;
  sink_ = fixture_->NewSink();
  Reconnect();
}

StreamTarget SinkConformance::Target(std::string stream, DedupeMode mode) {
  StreamTarget target = conformance::Target(std::move(stream), mode);
  target.kind = GetParam().target;
  return target;
}

void SinkConformance::Reconnect() {
  session_.reset();
  auto connected = sink_->Connect();
  if (!connected) throw std::runtime_error("Connect: " + connected.error().message);
  session_ = std::move(*connected);
}

std::unique_ptr<SinkSession> SinkConformance::Connect() {
  further_sinks_.push_back(fixture_->NewSink());
  auto connected = further_sinks_.back()->Connect();
  if (!connected) throw std::runtime_error("Connect: " + connected.error().message);
  return std::move(*connected);
}

void SinkConformance::Ensure(const StreamTarget& target) {
  const SinkStatus ensured = session().EnsureStream(target);
  if (!ensured) throw std::runtime_error("EnsureStream: " + ensured.error().message);
}

SinkStatus SinkConformance::WriteRows(const StreamTarget& target,
                                      const std::vector<Record>& records, RowsOutcome* outcome) {
  std::vector<Event> events;
  events.reserve(records.size());
  for (const Record& record : records) events.push_back(record.View());
  std::vector<const Event*> rows;
  rows.reserve(events.size());
  for (const Event& event : events) rows.push_back(&event);
  return session().UpsertRows(target, rows, kNow, outcome);
}

RowsOutcome SinkConformance::Write(const StreamTarget& target, const std::vector<Record>& records) {
  RowsOutcome outcome;
  if (const auto begun = session().Begin(); !begun) {
    throw std::runtime_error("Begin: " + begun.error().message);
  }
  if (const auto written = WriteRows(target, records, &outcome); !written) {
    throw std::runtime_error("UpsertRows: " + written.error().message);
  }
  if (!outcome.bad.empty()) {
    session().Rollback();
  } else {
    EXPECT_EQ(outcome.effects.size(), records.size());
    EXPECT_EQ(session().Commit(), CommitOutcome::kCommitted);
  }
  return outcome;
}

RowEffect SinkConformance::WriteOne(const StreamTarget& target, const Record& record) {
  const RowsOutcome outcome = Write(target, {record});
  if (outcome.effects.size() != 1 || !outcome.bad.empty()) {
    throw std::runtime_error("the row " + record.key + " was bad");
  }
  return outcome.effects[0];
}

std::vector<std::uint32_t> SinkConformance::WriteMarks(const std::vector<Mark>& marks) {
  std::vector<std::uint32_t> lost;
  EXPECT_TRUE(session().Begin().has_value());
  EXPECT_TRUE(WriteMarksOn(session(), marks, kNow, &lost).has_value());
  EXPECT_EQ(session().Commit(), CommitOutcome::kCommitted);
  return lost;
}

LedgerRow SinkConformance::ReadMark(const std::string& stream, const std::string& producer,
                                    bool lock) {
  std::vector<LedgerRow> rows;
  const LedgerRequest request{.key = {stream, producer}, .lock = lock};
  EXPECT_TRUE(session().Begin().has_value());
  const SinkStatus read = session().ReadLedger({&request, 1}, &rows);
  EXPECT_TRUE(read.has_value());
  EXPECT_EQ(session().Commit(), CommitOutcome::kCommitted);
  if (rows.size() != 1) throw std::runtime_error("ReadLedger gave no row");
  return rows[0];
}

std::vector<IdOutcome> SinkConformance::Claim(const std::string& stream,
                                              const std::vector<IdClaim>& claims, WallTime now) {
  std::vector<IdOutcome> outcomes;
  EXPECT_TRUE(session().Begin().has_value());
  EXPECT_TRUE(session().ClaimIds(stream, claims, now, &outcomes).has_value());
  EXPECT_EQ(session().Commit(), CommitOutcome::kCommitted);
  EXPECT_EQ(outcomes.size(), claims.size());
  outcomes.resize(claims.size());
  return outcomes;
}

}  // namespace oncegate::conformance
