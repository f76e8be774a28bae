// target = "append": every event becomes a row, and becomes one once.
#include "tests/e2e/service_test.h"

namespace oncegate::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kStreams[] =
    "[streams.clicks]\ntarget = \"append\"\n"
    "[streams.calls]\ntarget = \"append\"\ndedupe = \"id\"\n"
    "[streams.strict_clicks]\ntarget = \"append\"\ndedupe = \"strict\"\n";

class Append : public ServiceTest {
 protected:
  /// Sequences 0 … count-1 of a producer, all with one key.
  static std::string Clicks(const std::string& producer, int count) {
    std::vector<std::string> records;
    for (int i = 0; i < count; ++i) {
      records.push_back(Record(producer, i, std::to_string(i), R"("key":"page")"));
    }
    return Array(records);
  }
  std::int64_t RowCount(const std::string& condition = "1 = 1",
                        const std::string& table = "clicks") {
    return sink().Count("SELECT count(*) FROM " + table + " WHERE " + condition);
  }
};
ONCEGATE_ON_ALL_SINKS(Append);

TEST_P(Append, EveryEventIsARowAndADuplicateIsNone) {
  Start(kStreams);
  for (const int count : {3, 2'000}) {
    const std::string producer = "p" + std::to_string(count);
    ASSERT_THAT(Post("clicks", Clicks(producer, count)), Settles(200, {{"applied", count}}));
    for (int i = 0; i < 2; ++i) {
      ASSERT_THAT(Post("clicks", Clicks(producer, count)), Settles(200, {{"duplicate", count}}));
    }
  }
  EXPECT_EQ(RowCount("\"key\" = 'page'"), 2'003);
  EXPECT_EQ(sink().Count("SELECT count(*) FROM (SELECT DISTINCT producer, seq FROM clicks) AS d"),
            2'003);
}

TEST_P(Append, DuplicatesWithinOneRequestAddNoRow) {
  Start(kStreams);
  const Answer answer =
      Post("clicks", Array({Record("p", 0, "1"), Record("p", 0, "1"), Record("p", 1, "1")}), kAll);
  EXPECT_THAT(answer.Verdicts(), ElementsAre("applied", "duplicate", "applied"));
  EXPECT_EQ(RowCount(), 2);
}

TEST_P(Append, LateEventsAreRowsAndNotSuperseded) {
  Start(kStreams);
  const std::string key = R"("key":"page","version":)";
  ASSERT_THAT(Post("clicks", Record("p", 9, "9", key + "9")), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Post("clicks", Record("p", 4, "4", key + "4")), Settles(200, {{"applied", 1}}));
  EXPECT_EQ(RowCount("\"key\" = 'page'"), 2);
}

TEST_P(Append, TheKeyOfARecordWithoutOneIsNull) {
  Start(kStreams);
  ASSERT_THAT(Post("clicks", Record("p", 0, "1")), Settles(200, {{"applied", 1}}));
  EXPECT_EQ(RowCount("\"key\" IS NULL AND producer = 'p' AND seq = 0"), 1);
}

TEST_P(Append, ADeleteIsARowOfItsOwn) {
  Start(kStreams);
  ASSERT_THAT(Post("clicks", Clicks("p", 2)), Settles(200, {{"applied", 2}}));
  const std::string gone = R"({"producer":"p","seq":2,"key":"page","op":"delete"})";
  EXPECT_THAT(Post("clicks", gone), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Post("clicks", gone), Settles(200, {{"duplicate", 1}}));
  EXPECT_EQ(RowCount(), 3);
  EXPECT_EQ(RowCount("deleted AND value IS NULL AND \"key\" = 'page' AND seq = 2"), 1);
}

TEST_P(Append, AnIdIsARowOnce) {
  Start(kStreams);
  const std::string batch = R"([{"id":"a","value":1},{"id":"b","value":2}])";
  ASSERT_THAT(Post("calls", batch), Settles(200, {{"applied", 2}}));
  EXPECT_THAT(Post("calls", batch), Settles(200, {{"duplicate", 2}}));
  EXPECT_THAT(Post("calls", R"({"id":"a","value":9})"), Settles(409, {{"conflict", 1}}));
  EXPECT_EQ(RowCount("\"key\" IS NULL", "calls"), 2);
}

TEST_P(Append, AResendAfterTheIndexAndTheProcessAreGoneAddsNoRow) {
  Start(kStreams);
  ASSERT_THAT(Post("clicks", Clicks("p", 500)), Settles(200, {{"applied", 500}}));
  process().Kill();
  std::filesystem::remove_all(process().index_dir());
  process().Start();
  EXPECT_THAT(Post("clicks", Clicks("p", 600)),
              Settles(200, {{"duplicate", 500}, {"applied", 100}}));
  EXPECT_EQ(RowCount(), 600);
}

TEST_P(Append, ABadRowIsRejectedAloneAndTheRestIsThereOnce) {
  Start(kStreams);
  ASSERT_THAT(Post("clicks", Record("first", 0, "1")), Settles(200, {{"applied", 1}}));
  sink().RefuseKey("clicks", "bad");
  std::vector<std::string> records;
  for (int i = 0; i < 1'000; ++i) {
    records.push_back(Record("p", i, "1", i == 567 ? R"("key":"bad")" : R"("key":"good")"));
  }
  EXPECT_THAT(Post("clicks", Array(records)), Settles(207, {{"applied", 999}, {"rejected", 1}}));
  EXPECT_EQ(RowCount("\"key\" = 'good'"), 999);
  sink().RefuseNothing("clicks");
  EXPECT_THAT(Post("clicks", Array(records)), Settles(200, {{"applied", 1}, {"duplicate", 999}}));
  EXPECT_EQ(RowCount(), 1'001);
}

TEST_P(Append, AnAtomicBatchIsThereAsAWholeOrNotAtAll) {
  Start(kStreams);
  PostOptions atomic;
  atomic.query = "atomic=true";
  const std::string gap = Array({Record("p", 0, "1"), Record("p", 2, "1")});
  EXPECT_THAT(Post("strict_clicks", gap, atomic), Settles(409, {{"retry", 1}, {"gap", 1}}));
  EXPECT_EQ(RowCount("1 = 1", "strict_clicks"), 0);
  EXPECT_THAT(Post("strict_clicks", Clicks("p", 3), atomic), Settles(200, {{"applied", 3}}));
  EXPECT_EQ(RowCount("1 = 1", "strict_clicks"), 3);
}

TEST_P(Append, TheTargetIsListedAndCanNotBeChanged) {
  Start(kStreams);
  ASSERT_THAT(Post("clicks", Clicks("p", 1)), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(service().Ops({"GET", "/admin/v1/streams", {}, ""}).reply.body,
              HasSubstr("\"target\":\"append\""));
  process().Kill();
  process().setup().settings = sink().Settings() + "[streams.clicks]\n";
  ASSERT_EQ(process().StartAndFail(), 1);
  const std::string said = process().Log();
  EXPECT_THAT(said, HasSubstr("\"append\""));
  EXPECT_THAT(said, HasSubstr("\"document\""));
}

TEST_P(Append, AStreamMadeOnFirstUseTakesTheTargetOfTheDefaults) {
  Start("[stream_defaults]\ntarget = \"append\"\n");
  ASSERT_THAT(Post("made", Clicks("p", 5)), Settles(200, {{"applied", 5}}));
  process().Kill();
  process().setup().settings = sink().Settings();
  process().Start();
  EXPECT_THAT(Post("made", Clicks("p", 7)), Settles(200, {{"applied", 2}, {"duplicate", 5}}));
  EXPECT_EQ(RowCount("\"key\" = 'page'", "made"), 7);
}

}  // namespace
}  // namespace oncegate::e2e
