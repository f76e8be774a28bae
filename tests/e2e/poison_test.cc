// Rows that the sink refuses: they alone are rejected, and the rest is written.
#include "tests/e2e/service_test.h"

namespace oncegate::e2e {
namespace {

using ::testing::SizeIs;

class Poison : public ContractTest {
 protected:
  void MakeTable() {
    ASSERT_THAT(Post(Name(), Record("first", 0, "0", R"("key":"first")")),
                Settles(200, {{"applied", 1}}));
  }
  static std::string Keyed(int sequence, const std::string& key) {
    return Record("p", sequence, std::to_string(sequence), R"("key":")" + key + "\"");
  }
  std::vector<std::string> Thousand() {
    std::vector<std::string> records;
    for (int i = 0; i < 1000; ++i) {
      records.push_back(Keyed(i, i == 567 ? "bad" : "good-" + std::to_string(i)));
    }
    return records;
  }
};
ONCEGATE_ON_BOTH_SINKS(Poison);

TEST_P(Poison, OneAmongAThousandIsRejectedAndAppliedOnceTheSinkIsMended) {
  MakeTable();
  sink().RefuseKey(Name(), "bad");
  const Answer answer = Post(Name(), Array(Thousand()));
  EXPECT_THAT(answer, Settles(207, {{"applied", 999}, {"rejected", 1}}));
  ASSERT_THAT(answer.Items(), SizeIs(1));
  EXPECT_EQ(Text(answer.Items().at(0), "index"), "567");
  EXPECT_EQ(Text(answer.Items().at(0), "code"), "\"sink_rejected\"");
  EXPECT_EQ(Text(answer.Items().at(0), "seq"), "567");
  EXPECT_FALSE(answer.reply.HasHeader("Retry-After"));
  EXPECT_THAT(sink().Rows(Name()), SizeIs(1000));
  EXPECT_EQ(service().Producer(Name(), "p").Member("missing"), "[[567,567]]");

  EXPECT_THAT(Post(Name(), Array(Thousand())), Settles(207, {{"duplicate", 999}, {"rejected", 1}}));
  sink().RefuseNothing(Name());
  EXPECT_THAT(Post(Name(), Array(Thousand())), Settles(200, {{"duplicate", 999}, {"applied", 1}}));
  EXPECT_EQ(sink().Row(Name(), "bad").value().value, "567");
}

TEST_P(Poison, AloneItIs422) {
  MakeTable();
  sink().RefuseKey(Name(), "bad");
  EXPECT_THAT(Post(Name(), Keyed(1, "bad")), IsProblem(422, "rejected"));
  EXPECT_EQ(service().Producer(Name(), "p").status, 404);
}

TEST_P(Poison, ABadLastValueDoesNotTakeAGoodEarlierOneWithIt) {
  MakeTable();
  switch (GetParam()) {
    case SinkKind::kSqlite:
      sink().Query("CREATE TRIGGER t BEFORE UPDATE ON " + Name() +
                   " WHEN NEW.value = '2' BEGIN SELECT RAISE(ABORT, 'refused'); END; "
                   "CREATE TRIGGER u BEFORE INSERT ON " +
                   Name() + " WHEN NEW.value = '2' BEGIN SELECT RAISE(ABORT, 'refused'); END");
      break;
    case SinkKind::kPostgres:
      sink().Query("ALTER TABLE " + Name() + " ADD CHECK (value <> '2'::jsonb)");
      break;
    case SinkKind::kMysql:
      sink().Query("ALTER TABLE " + Name() + " ADD CHECK (value <> '2')");
      break;
  }
  const Answer answer =
      Post(Name(), Array({Keyed(1, "k"), Keyed(2, "k"), Keyed(3, "other")}), kAll);
  EXPECT_THAT(answer.Verdicts(), ::testing::ElementsAre("applied", "rejected", "applied"));
  EXPECT_EQ(sink().Row(Name(), "k").value().value, "1");
}

TEST_P(Poison, AStrictProducerWaitsBehindItsRejectedEvent) {
  ASSERT_EQ(Post(kStrictStream, Record(Name() + "first", 0, "0")).status, 200);
  sink().RefuseKey(kStrictStream, Name() + "/0/1");
  const auto send = [&] {
    return Post(kStrictStream,
                Array({Record(Name(), 0, "0"), Record(Name(), 1, "1"), Record(Name(), 2, "2")}),
                kAll);
  };
  EXPECT_THAT(send().Verdicts(), ::testing::ElementsAre("applied", "rejected", "gap"));
  EXPECT_EQ(service().Producer(kStrictStream, Name()).Member("highest_seq"), "0");
  sink().RefuseNothing(kStrictStream);
  EXPECT_THAT(send().Verdicts(), ::testing::ElementsAre("duplicate", "applied", "applied"));
}

TEST_P(Poison, AnIdOfARejectedRowIsNotTaken) {
  ASSERT_EQ(Post(kIdStream, R"({"id":")" + Name() + R"(first","value":1})").status, 200);
  sink().RefuseKey(kIdStream, Name());
  const std::string record = R"({"id":")" + Name() + R"(","value":1})";
  EXPECT_THAT(Post(kIdStream, record), IsProblem(422, "rejected"));
  sink().RefuseNothing(kIdStream);
  EXPECT_THAT(Post(kIdStream, record), Settles(200, {{"applied", 1}}));
}

class UniqueValues : public Poison {
 protected:
  void MakeUniqueEmails() {
    MakeTable();
    const std::string email =
        GetParam() == SinkKind::kSqlite ? "json_extract(value, '$.email')" : "(value ->> 'email')";
    sink().Query("CREATE UNIQUE INDEX email_of_" + Name() + " ON " + Name() + " (" + email + ")");
  }
  static std::string WithEmail(int sequence, const std::string& key, const std::string& email) {
    return Record("p", sequence, R"({"email":")" + email + "\"}", R"("key":")" + key + "\"");
  }
};
ONCEGATE_ON_BOTH_SINKS(UniqueValues);

TEST_P(UniqueValues, ADeleteMakesRoomForAnInsertOfTheSameRequest) {
  MakeUniqueEmails();
  for (const auto& [gone, fresh] :
       std::vector<std::pair<std::string, std::string>>{{"1", "2"}, {"4", "3"}}) {
    const int sequence = gone == "1" ? 1 : 10;
    ASSERT_THAT(Post(Name(), WithEmail(sequence, gone, "a" + gone)),
                Settles(200, {{"applied", 1}}));
    EXPECT_THAT(Post(Name(), Array({R"({"producer":"p","seq":)" + std::to_string(sequence + 1) +
                                        R"(,"key":")" + gone + R"(","op":"delete"})",
                                    WithEmail(sequence + 2, fresh, "a" + gone)})),
                Settles(200, {{"applied", 2}}))
        << gone << " makes room for " << fresh;
    EXPECT_TRUE(sink().Row(Name(), gone).value().deleted);
    EXPECT_FALSE(sink().Row(Name(), fresh).value().deleted);
  }
}

TEST_P(UniqueValues, ASwapIsRightOrRejectedAndNothingElseIsTouched) {
  MakeUniqueEmails();
  ASSERT_THAT(Post(Name(), Array({WithEmail(1, "1", "a"), WithEmail(2, "2", "b")})),
              Settles(200, {{"applied", 2}}));
  const Answer answer =
      Post(Name(), Array({WithEmail(3, "1", "b"), WithEmail(4, "2", "a"), WithEmail(5, "3", "c")}),
           kAll);
  ASSERT_THAT(answer.Items(), SizeIs(3));
  EXPECT_EQ(answer.Verdicts().at(2), "applied");
  const auto email = [&](const std::string& key) {
    return sink().Row(Name(), key).value().value.value();
  };
  const bool swapped = answer.Verdicts().at(0) == "applied" && answer.Verdicts().at(1) == "applied";
  const bool kept = answer.Verdicts().at(0) == "rejected" && answer.Verdicts().at(1) == "rejected";
  EXPECT_TRUE(swapped || kept) << answer.reply.body;
  EXPECT_THAT(email("1"), ::testing::HasSubstr(swapped ? "\"b\"" : "\"a\""));
  EXPECT_THAT(email("2"), ::testing::HasSubstr(swapped ? "\"a\"" : "\"b\""));
}

}  // namespace
}  // namespace oncegate::e2e
