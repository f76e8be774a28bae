// Ids: claimed once, confirmed by a read, corrected where the index believed wrongly, swept by
// their commit time.
#include <algorithm>

#include "tests/unit/sinks/conformance/conformance.h"

namespace oncegate::conformance {
namespace {

WallTime After(WallTime time, std::int64_t seconds) {
  return WallTime{time.microseconds + seconds * 1'000'000};
}

TEST_P(SinkConformance, AnIdIsFreshOnce) {
  const auto first = Claim("calls", {{.id = "a", .fingerprint = FingerprintOf(1)}});
  EXPECT_TRUE(first[0].fresh);
  const auto second =
      Claim("calls", {{.id = "a", .fingerprint = FingerprintOf(2)}}, After(kNow, 60));
  EXPECT_FALSE(second[0].fresh);
  EXPECT_EQ(second[0].stored, FingerprintOf(1));
  EXPECT_EQ(second[0].committed_at, kNow) << "a duplicate does not refresh the id";
  EXPECT_EQ(session().CountIds("calls").value(), 1U);
}

TEST_P(SinkConformance, ABelievedIdIsConfirmedOrCorrected) {
  Claim("calls", {{.id = "there", .fingerprint = FingerprintOf(1)}});
  const auto outcomes =
      Claim("calls", {{.id = "not-there", .fingerprint = FingerprintOf(5), .believed_seen = true},
                      {.id = "there", .fingerprint = FingerprintOf(6), .believed_seen = true}});
  EXPECT_TRUE(outcomes[0].fresh);
  EXPECT_FALSE(outcomes[1].fresh);
  EXPECT_EQ(outcomes[1].stored, FingerprintOf(1));
  EXPECT_EQ(outcomes[1].committed_at, kNow);
  const auto again = Claim("calls", {{.id = "not-there", .fingerprint = FingerprintOf(7)}});
  EXPECT_FALSE(again[0].fresh);
  EXPECT_EQ(again[0].stored, FingerprintOf(5));
}

TEST_P(SinkConformance, OneCallMixesFreshSeenAndBelieved) {
  Claim("calls", {{.id = "b", .fingerprint = FingerprintOf(2)},
                  {.id = "d", .fingerprint = FingerprintOf(4)}});
  const auto outcomes = Claim("calls", {{.id = "a", .fingerprint = FingerprintOf(11)},
                                        {.id = "b", .fingerprint = FingerprintOf(12)},
                                        {.id = "c", .fingerprint = {}, .believed_seen = true},
                                        {.id = "d", .fingerprint = {}, .believed_seen = true},
                                        {.id = "e", .fingerprint = FingerprintOf(15)}});
  EXPECT_TRUE(outcomes[0].fresh);
  EXPECT_FALSE(outcomes[1].fresh);
  EXPECT_TRUE(outcomes[2].fresh);
  EXPECT_FALSE(outcomes[3].fresh);
  EXPECT_EQ(outcomes[3].stored, FingerprintOf(4));
  EXPECT_TRUE(outcomes[4].fresh);
  EXPECT_TRUE(Claim("calls", {JustId("c")})[0].stored.IsNone());
}

TEST_P(SinkConformance, IdsAreToldApartByBytesAndByStream) {
  const auto outcomes = Claim("calls", {JustId("K"), JustId("k"), JustId("k ")});
  EXPECT_TRUE(outcomes[0].fresh && outcomes[1].fresh && outcomes[2].fresh);
  EXPECT_TRUE(Claim("others", {JustId("k")})[0].fresh);
  EXPECT_EQ(session().CountIds("calls").value(), 3U);
  EXPECT_EQ(session().CountIds("others").value(), 1U);
  EXPECT_EQ(session().CountIds("none").value(), 0U);
}

TEST_P(SinkConformance, AnIdClaimedInARolledBackTransactionIsFree) {
  const IdClaim claim{.id = "a", .fingerprint = FingerprintOf(1)};
  std::vector<IdOutcome> outcomes;
  ASSERT_TRUE(session().Begin().has_value());
  ASSERT_TRUE(session().ClaimIds("calls", {&claim, 1}, kNow, &outcomes).has_value());
  EXPECT_TRUE(outcomes[0].fresh);
  session().Rollback();
  EXPECT_TRUE(Claim("calls", {claim})[0].fresh);
}

/// Sweeps to the end, slice by slice; gives every id named, sorted.
std::vector<std::string> SweepAll(SinkSession& session, IdSweep sweep) {
  std::vector<std::string> ids;
  std::string position;
  for (int slice = 0; slice < 1000; ++slice) {
    sweep.after = position;
    const auto result = session.SweepIds(sweep);
    if (!result) throw std::runtime_error("SweepIds: " + result.error().message);
    EXPECT_LE(result->ids.size(), sweep.limit);
    ids.insert(ids.end(), result->ids.begin(), result->ids.end());
    if (result->next.empty()) break;
    EXPECT_GT(result->next, position);
    position = result->next;
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

TEST_P(SinkConformance, ASweepTakesIdsBeforeTheCutoffAndNoOther) {
  Claim("calls", {JustId("old-1"), JustId("old-2"), JustId("old-3")}, kNow);
  Claim("calls", {JustId("new-1"), JustId("old-2b")}, After(kNow, 10));
  Claim("others", {JustId("old-1")}, kNow);
  const IdSweep sweep{.stream = "calls", .cutoff = After(kNow, 10), .after = {}, .limit = 2};
  EXPECT_EQ(SweepAll(session(), sweep), (std::vector<std::string>{"old-1", "old-2", "old-3"}));
  EXPECT_EQ(session().CountIds("calls").value(), 2U);
  EXPECT_EQ(session().CountIds("others").value(), 1U);
  EXPECT_TRUE(Claim("calls", {JustId("old-1")})[0].fresh);
  EXPECT_FALSE(Claim("calls", {JustId("new-1")})[0].fresh);
}

TEST_P(SinkConformance, ADrySweepNamesAndKeepsTheIds) {
  Claim("calls", {JustId("a"), JustId("b"), JustId("c")}, kNow);
  const IdSweep sweep{
      .stream = "calls", .cutoff = After(kNow, 1), .after = {}, .limit = 2, .dry_run = true};
  EXPECT_EQ(SweepAll(session(), sweep), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(session().CountIds("calls").value(), 3U);
}

TEST_P(SinkConformance, ASweepOfManyIdsGoesOnFromItsPosition) {
  std::vector<std::string> names;
  for (int i = 0; i < 500; ++i) names.push_back("id-" + std::to_string(1000 + i));
  for (std::size_t parity = 0; parity < 2; ++parity) {
    std::vector<IdClaim> claims;
    for (std::size_t i = parity; i < names.size(); i += 2) claims.push_back(JustId(names[i]));
    Claim("calls", claims, After(kNow, static_cast<std::int64_t>(parity)));
  }
  const IdSweep sweep{.stream = "calls", .cutoff = After(kNow, 1), .after = {}, .limit = 7};
  const std::vector<std::string> swept = SweepAll(session(), sweep);
  ASSERT_EQ(swept.size(), 250U);
  EXPECT_EQ(swept.front(), "id-1000");
  EXPECT_EQ(swept.back(), "id-1498");
  EXPECT_EQ(session().CountIds("calls").value(), 250U);
}

}  // namespace
}  // namespace oncegate::conformance
