// Listing and counting producers: byte order, prefixes taken literally, pages without holes.
#include "tests/unit/sinks/conformance/conformance.h"

namespace oncegate::conformance {
namespace {

std::vector<std::string> Names(SinkSession& session, const LedgerQuery& query) {
  const auto listed = session.ListProducers(query);
  if (!listed) throw std::runtime_error("ListProducers: " + listed.error().message);
  std::vector<std::string> names;
  for (const ListedProducer& producer : *listed) {
    EXPECT_TRUE(producer.row.found);
    names.push_back(producer.producer);
  }
  return names;
}

/// In byte order.
const std::vector<std::string> kProducers{"A%b",
                                          "B",
                                          "a",
                                          "a%b",
                                          "a%c",
                                          "a/b",
                                          "aXb",
                                          "a\\%b",
                                          "a\\b",
                                          "a_b",
                                          "b",
                                          "\xc3\xa9",
                                          "\xe2\x82\xac",
                                          "\xf0\x9f\x98\x80",
                                          "\xf4\x8f\xbf\xbf",
                                          "\xf4\x8f\xbf\xbfx"};

std::vector<Mark> MarksOf(const std::vector<std::string>& producers) {
  std::vector<Mark> marks;
  for (const std::string& producer : producers) {
    marks.push_back({.producer = producer,
                     .token = TokenOf(static_cast<std::uint8_t>(marks.size())),
                     .state = "state of " + producer});
  }
  return marks;
}

TEST_P(SinkConformance, ProducersAreListedInByteOrderWithTheirRows) {
  ASSERT_TRUE(WriteMarks(MarksOf(kProducers)).empty());
  ASSERT_TRUE(WriteMarks({{.stream = "others", .producer = "a", .token = TokenOf(77)}}).empty());
  EXPECT_EQ(Names(session(), {.stream = "orders", .prefix = {}, .after = {}}), kProducers);
  const auto listed =
      session().ListProducers({.stream = "orders", .prefix = {}, .after = {}}).value();
  EXPECT_EQ(listed[3].row.token, TokenOf(3));
  EXPECT_EQ(listed[3].row.state, "state of a%b");
  EXPECT_EQ(listed[3].row.updated_at, kNow);
  EXPECT_EQ(session().CountProducers("orders").value(), kProducers.size());
  EXPECT_EQ(session().CountProducers("others").value(), 1U);
  EXPECT_EQ(session().CountProducers("none").value(), 0U);
}

TEST_P(SinkConformance, APrefixIsTakenLiterally) {
  ASSERT_TRUE(WriteMarks(MarksOf(kProducers)).empty());
  const auto with_prefix = [this](std::string_view prefix) {
    return Names(session(), {.stream = "orders", .prefix = prefix, .after = {}});
  };
  EXPECT_EQ(with_prefix("a%"), (Strings{"a%b", "a%c"}));
  EXPECT_EQ(with_prefix("a_"), (Strings{"a_b"}));
  EXPECT_EQ(with_prefix("a\\"), (Strings{"a\\%b", "a\\b"}));
  EXPECT_EQ(with_prefix("%"), Strings{});
  EXPECT_EQ(with_prefix("b"), (Strings{"b"}));
  EXPECT_EQ(with_prefix("\xf4\x8f\xbf\xbf"), (Strings{"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbfx"}));
  EXPECT_EQ(with_prefix("'; DROP TABLE oncegate_ledger; --"), Strings{});
}

TEST_P(SinkConformance, PagesFollowEachOtherWithoutHoles) {
  ASSERT_TRUE(WriteMarks(MarksOf(kProducers)).empty());
  for (const std::uint32_t limit : {1U, 3U, 5U, 100U}) {
    std::vector<std::string> all;
    for (;;) {
      const std::string after = all.empty() ? "" : all.back();
      const auto page =
          Names(session(), {.stream = "orders", .prefix = {}, .after = after, .limit = limit});
      ASSERT_LE(page.size(), limit);
      if (page.empty()) break;
      all.insert(all.end(), page.begin(), page.end());
    }
    EXPECT_EQ(all, kProducers);
  }
}

TEST_P(SinkConformance, APageStaysWithinItsPrefix) {
  ASSERT_TRUE(WriteMarks(MarksOf(kProducers)).empty());
  EXPECT_EQ(Names(session(), {.stream = "orders", .prefix = "a", .after = "a%b", .limit = 3}),
            (std::vector<std::string>{"a%c", "a/b", "aXb"}));
  EXPECT_EQ(Names(session(), {.stream = "orders", .prefix = "a%", .after = "A"}),
            (std::vector<std::string>{"a%b", "a%c"}));
  EXPECT_EQ(Names(session(), {.stream = "orders", .prefix = "a%", .after = "a%c"}),
            std::vector<std::string>{});
  EXPECT_EQ(Names(session(), {.stream = "orders", .prefix = "a%", .after = "b"}),
            std::vector<std::string>{});
}

TEST_P(SinkConformance, APingSucceedsOnAHealthySinkAndLeavesNoTransaction) {
  EXPECT_TRUE(session().Ping().has_value());
  EXPECT_TRUE(session().Begin().has_value());
  session().Rollback();
}

}  // namespace
}  // namespace oncegate::conformance
