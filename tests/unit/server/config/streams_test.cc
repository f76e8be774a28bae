#include "server/config/render.h"
#include "tests/unit/server/config/config_testing.h"

namespace oncegate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(StreamConfig, StreamsInheritTheDefaultsAndMayOverrideThem) {
  const Config config = LoadGood(R"(
[stream_defaults]
create = false
dedupe = "strict"
request_timeout = "3s"
producer_retention = "7d"
[streams.a]
[streams.b]
dedupe = "version"
table = "public.wares"
)");
  EXPECT_FALSE(config.create_streams);
  ASSERT_EQ(config.streams.size(), 2U);
  EXPECT_EQ(config.streams[0].dedupe, DedupeMode::kStrict);
  EXPECT_EQ(config.streams[0].table, "a");
  EXPECT_EQ(config.streams[0].request_timeout, std::chrono::seconds(3));
  EXPECT_EQ(config.streams[0].producer_retention, std::chrono::hours(168));
  EXPECT_EQ(config.streams[1].dedupe, DedupeMode::kVersion);
  EXPECT_EQ(config.streams[1].table, "public.wares");
  EXPECT_EQ(config.streams[1].request_timeout, std::chrono::seconds(3));
}

TEST(StreamConfig, EveryDedupeModeIsRead) {
  for (const std::string mode : {"window", "strict", "monotonic", "id", "version", "off"}) {
    const Config config = LoadGood("[streams.a]\ndedupe = \"" + mode + "\"\n");
    EXPECT_EQ(ToString(config.streams.at(0).dedupe), mode);
  }
  EXPECT_THAT(FaultsOf("[streams.a]\ndedupe = \"windows\"\n"),
              ElementsAre("oncegate.toml:2:1: streams.a.dedupe: \"windows\" is not one of window, "
                          "strict, monotonic, id, version or off (did you mean \"window\"?)"));
}

TEST(StreamConfig, ReservedAndMalformedNamesAreRefused) {
  for (const std::string name :
       {"Orders", "a__b", "oncegate_x", "sqlite_x", "pg_x", "\"1a\"", "\"a-b\""}) {
    EXPECT_THAT(FaultsOf("[streams." + name + "]\n"), ElementsAre(HasSubstr("is no stream name")))
        << name;
  }
}

TEST(StreamConfig, TableNamesAreValidated) {
  for (const std::string table :
       {"", "1a", "a b", "a.b.c", ".a", "a.", "a\\\"b", "pg_x", "x.sqlite_y"}) {
    EXPECT_THAT(FaultsOf("[streams.a]\ntable = \"" + table + "\"\n"),
                ElementsAre(HasSubstr("oncegate.toml:2:1: streams.a.table: ")))
        << table;
  }
}

TEST(StreamConfig, OnKafkaATableIsATopic) {
  const std::string sinks =
      "[sinks.k]\ntype = \"kafka\"\nbrokers = \"h:1\"\n"
      "[sinks.main]\ntype = \"sqlite\"\npath = \"m\"\n";
  const std::string on_kafka = sinks + "[streams.a]\nsink = \"k\"\ntable = ";
  const std::string on_both = sinks + "[streams.a]\nsinks = [\"k\", \"main\"]\ntable = ";
  for (const std::string topic : {"shop.orders-v2", "1a", "a.b.c", "pg_x"}) {
    EXPECT_EQ(LoadGood(on_kafka + "\"" + topic + "\"\n").streams.at(0).table, topic);
    EXPECT_THAT(FaultsOf(on_both + "\"" + topic + "\"\n"),
                ElementsAre(HasSubstr("streams.a.table: ")))
        << topic;
  }
  for (const std::string topic : {"", "a b", ".", "..", "a/b", "__x", "oncegate_x"}) {
    EXPECT_THAT(FaultsOf(on_kafka + "\"" + topic + "\"\n"),
                ElementsAre(HasSubstr("streams.a.table: ")))
        << topic;
  }
}

TEST(StreamConfig, TwoStreamsMayNotWriteOneTable) {
  EXPECT_THAT(FaultsOf("[streams.a]\n[streams.b]\ntable = \"a\"\n"),
              ElementsAre(HasSubstr("streams.b: writes table \"a\" of sink \"main\", and so does "
                                    "streams.a")));
}

TEST(StreamConfig, TheSinkMustExist) {
  EXPECT_THAT(
      FaultsOf("[streams.a]\nsink = \"mian\"\n"),
      ElementsAre("oncegate.toml:2:1: streams.a.sink: there is no [sinks.mian]; name one of "
                  "main (did you mean \"main\"?)"));
}

constexpr std::string_view kTwoSinks =
    "[sinks.a]\ntype = \"sqlite\"\npath = \"a\"\n[sinks.b]\ntype = \"sqlite\"\npath = \"b\"\n";

TEST(StreamConfig, WithSeveralSinksOneHasToBeNamed) {
  EXPECT_THAT(FaultsOf(std::string(kTwoSinks) + "[stream_defaults]\ncreate = false\n[streams.x]\n"),
              ElementsAre(HasSubstr("streams.x.sink: is missing and there are several sinks")));
  EXPECT_THAT(FaultsOf(std::string(kTwoSinks)),
              ElementsAre(HasSubstr("stream_defaults.sink: is missing")));
  EXPECT_THAT(FaultsOf(std::string(kTwoSinks) + "[stream_defaults]\nsink = \"b\"\n"), IsEmpty());
}

TEST(StreamConfig, WhatTheSinkRefusesIsRejectedUnlessDeadLettersAreAskedFor) {
  const Config config = LoadGood("[streams.a]\n[streams.b]\non_reject = \"dead_letter\"\n");
  EXPECT_EQ(config.streams.at(0).on_reject, "reject");
  EXPECT_EQ(config.streams.at(1).on_reject, "dead_letter");
  EXPECT_THAT(FaultsOf("[streams.a]\non_reject = \"drop\"\n"),
              ElementsAre(HasSubstr("streams.a.on_reject")));
}

TEST(StreamConfig, TheJournalNeedsDeadLetters) {
  EXPECT_THAT(FaultsOf("[streams.a]\nack = \"journal\"\n"),
              ElementsAre(HasSubstr("so it needs on_reject = \"dead_letter\"")));
}

TEST(StreamConfig, AppendGoesWithEveryModeThatHasALedger) {
  for (const std::string mode : {"window", "strict", "monotonic", "id"}) {
    const Config config = LoadGood("[streams.a]\ndedupe = \"" + mode + "\"\ntarget = \"append\"\n");
    EXPECT_EQ(config.streams.at(0).target, "append");
  }
}

TEST(StreamConfig, AppendIsInheritedAndItsFaultsTooNameTheLine) {
  EXPECT_THAT(FaultsOf("[stream_defaults]\ntarget = \"append\"\n[streams.a]\n"
                       "dedupe = \"off\"\n[streams.b]\n"),
              ElementsAre(HasSubstr("oncegate.toml:3:10: streams.a.target: \"append\" never")));
}

TEST(StreamConfig, AppendDoesNotGoWithVersionOrOff) {
  for (const std::string mode : {"version", "off"}) {
    EXPECT_THAT(FaultsOf("[streams.a]\ndedupe = \"" + mode + "\"\ntarget = \"append\"\n"),
                ElementsAre(HasSubstr("\"append\" never overwrites a row, so it can not go with "
                                      "dedupe = \"" +
                                      mode + "\"")));
  }
}

constexpr std::string_view kColumns = "[streams.a]\ntarget = \"columns\"\n";

TEST(StreamConfig, ColumnsAreReadAndShown) {
  const Config config = LoadGood(std::string(kColumns) + R"(key_columns = ["region", "id"]
columns = ["name"]
unknown_fields = "column"
unknown_fields_column = "rest"
version_column = "version"
delete = "soft"
deleted_column = "gone"
)");
  const ColumnsOptions& columns = config.streams.at(0).columns;
  EXPECT_THAT(columns.key_columns, ElementsAre("region", "id"));
  EXPECT_THAT(columns.columns, ElementsAre("name"));
  EXPECT_EQ(columns.unknown_fields, UnknownFields::kColumn);
  EXPECT_EQ(columns.unknown_fields_column, "rest");
  EXPECT_EQ(columns.version_column, "version");
  EXPECT_EQ(columns.deletes, DeleteKind::kSoft);
  EXPECT_EQ(columns.deleted_column, "gone");
  EXPECT_THAT(RenderRedacted(config), HasSubstr(R"("key_columns":["region","id"])"));
}

TEST(StreamConfig, ColumnsNeedTheirKeysAndWhatGoesWithEachChoice) {
  const auto faults = [](std::string_view keys) {
    return FaultsOf(std::string(kColumns) + std::string(keys));
  };
  EXPECT_THAT(faults(""), ElementsAre(HasSubstr("streams.a.key_columns: is missing")));
  EXPECT_THAT(faults("key_columns = \"id\"\n"),
              ElementsAre(HasSubstr("must be a list of texts"), HasSubstr("is missing")));
  EXPECT_THAT(faults("key_columns = [\"id\", 1]\n"),
              ElementsAre(HasSubstr("not an array"), HasSubstr("is missing")));
  EXPECT_THAT(faults("key_columns = [\"\"]\n"), ElementsAre(HasSubstr("is no column name")));
  EXPECT_THAT(faults("key_columns = [\"id\"]\ncolumns = [\"name\"]\nauto_evolve = true\n"),
              ElementsAre(HasSubstr("streams.a.auto_evolve: adds columns that columns does not")));
  EXPECT_THAT(faults("key_columns = [\"id\"]\nversion_column = \"id\"\n"),
              ElementsAre(HasSubstr("version_column: \"id\" is named twice")));
  EXPECT_THAT(faults("key_columns = [\"id\"]\ndelete = \"soft\"\n"),
              ElementsAre(HasSubstr("deleted_column: is missing")));
  EXPECT_THAT(faults("key_columns = [\"id\"]\nunknown_fields_column = \"rest\"\n"),
              ElementsAre(HasSubstr("goes with unknown_fields = \"column\" only")));
}

TEST(StreamConfig, ColumnsNeedASinkThatHasThem) {
  const std::string stream = std::string(kColumns) + "key_columns = [\"id\"]\n";
  EXPECT_THAT(FaultsOf("[sinks.main]\ntype = \"kafka\"\nbrokers = \"h:9092\"\n" + stream),
              ElementsAre(HasSubstr("which has no target = \"columns\"")));
  EXPECT_THAT(FaultsOf("[sinks.main]\ntype = \"mysql\"\nurl = \"mysql://u@h/d\"\n" + stream),
              ElementsAre());
}

TEST(StreamConfig, ColumnsAreNoDefaultAndTheirKeysGoWithThemAlone) {
  EXPECT_THAT(FaultsOf("[stream_defaults]\ntarget = \"columns\"\n"),
              ElementsAre(HasSubstr("stream_defaults.target: \"columns\" can not be a default")));
  EXPECT_THAT(FaultsOf("[streams.a]\nkey_columns = [\"id\"]\n"),
              ElementsAre(HasSubstr("goes with target = \"columns\" only")));
}

constexpr std::string_view kWebhook =
    "[sinks.hook]\ntype = \"webhook\"\nurl = \"https://example.org/\"\n";

TEST(StreamConfig, OnAWebhookEveryEventIsAppendedAndMayBecomeADeadLetter) {
  const Config config = LoadGood(std::string(kWebhook) +
                                 "[stream_defaults]\non_reject = \"dead_letter\"\n[streams.a]\n");
  EXPECT_EQ(config.streams.at(0).target, "append");
  EXPECT_EQ(config.stream_defaults.target, "append");
}

TEST(StreamConfig, OnAWebhookRefusalsNeedDeadLettersInTheDefaultsToo) {
  EXPECT_THAT(FaultsOf(std::string(kWebhook)),
              ElementsAre(HasSubstr("stream_defaults.on_reject: must be \"dead_letter\"")));
  EXPECT_THAT(FaultsOf(std::string(kWebhook) +
                       "[stream_defaults]\ncreate = false\n[streams.a]\n[streams.b]\n"
                       "on_reject = \"dead_letter\"\n"),
              ElementsAre(HasSubstr("streams.a.on_reject: must be \"dead_letter\"")));
}

TEST(StreamConfig, OnAWebhookThereAreNoRowsToJudgeBy) {
  const std::string defaults =
      std::string(kWebhook) + "[stream_defaults]\non_reject = \"dead_letter\"\n";
  EXPECT_THAT(FaultsOf(defaults + "[streams.a]\ntarget = \"document\"\n"),
              ElementsAre(HasSubstr("streams.a.target: ")));
  EXPECT_THAT(FaultsOf(defaults + "[streams.a]\ndedupe = \"version\"\n"),
              ElementsAre(HasSubstr("streams.a.dedupe: ")));
}

TEST(StreamConfig, AFaultInTheDefaultsIsReportedOnce) {
  EXPECT_THAT(
      FaultsOf("[stream_defaults]\nack = \"journal\"\nsink = \"x\"\ntable = \"t\"\n[streams.a]\n"
               "[streams.b]\n"),
      ElementsAre(HasSubstr("stream_defaults.ack"), HasSubstr("stream_defaults.sink"),
                  HasSubstr("stream_defaults.table: can not be a default")));
}

constexpr char kLakeAndMain[] =
    "[sinks.lake]\ntype = \"files\"\npath = \"lake\"\n"
    "[sinks.main]\ntype = \"sqlite\"\n";

TEST(StreamConfig, ASinkWithOneTargetGivesItToItsStreamsAlone) {
  const Config config =
      LoadGood(std::string(kLakeAndMain) +
               "[stream_defaults]\nsink = \"lake\"\n[streams.a]\n[streams.b]\nsink = \"main\"\n");
  EXPECT_EQ(config.stream_defaults.target, "append");
  EXPECT_EQ(config.streams.at(0).target, "append");
  EXPECT_EQ(config.streams.at(1).target, "document");
}

TEST(StreamConfig, AnotherTargetThanTheOneOfItsSinkIsRefusedByName) {
  for (const std::string table : {"stream_defaults", "streams.a"}) {
    EXPECT_THAT(FaultsOf(std::string(kLakeAndMain) + "[" + table +
                         "]\nsink = \"lake\"\ntarget = \"document\"\n"),
                ElementsAre(HasSubstr(table + ".target: sinks.lake has type \"files\" and knows "
                                              "target = \"append\" alone")));
  }
}

TEST(StreamConfig, ASinkThatOnlyAppendsRefusesStreamsThatAreJudgedByTheirRow) {
  for (const std::string mode : {"version", "off"}) {
    EXPECT_THAT(FaultsOf(std::string(kLakeAndMain) + "[streams.a]\nsink = \"lake\"\ndedupe = \"" +
                         mode + "\"\n"),
                ElementsAre(HasSubstr("streams.a.dedupe: \"" + mode + "\" is judged by the row")));
  }
}

}  // namespace
}  // namespace oncegate
