#include "server/config/load.h"

#include "tests/unit/server/config/config_testing.h"

namespace oncegate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kContractExample = R"(
data_dir = "oncegate-data"
[ingest]
listen = "127.0.0.1:8080"
[ops]
listen = "127.0.0.1:8081"
[limits]
body_bytes = 16777216
records_per_request = 10000
header_bytes = 16384
queue_bytes_per_lane = 67108864
connections = 20000
[sinks.main]
type = "postgres"
url = "postgresql://user@127.0.0.1:5432/db"
lanes = 2
[stream_defaults]
create = true
[streams.orders]
sink = "main"
table = "orders"
target = "document"
dedupe = "window"
ack = "sink"
on_reject = "reject"
producer_retention = "720h"
id_retention = "168h"
request_timeout = "10s"
)";

TEST(Load, NothingAtAllIsTheEmbeddedSinkOnLoopback) {
  const LoadedConfig loaded = LoadConfig({});
  EXPECT_THAT(Texts(loaded.faults), IsEmpty());
  EXPECT_THAT(Texts(loaded.warnings), IsEmpty());
  EXPECT_EQ(loaded.config.data_dir, "oncegate-data");
  EXPECT_EQ(loaded.config.ingest.listen, "127.0.0.1:8080");
  EXPECT_EQ(loaded.config.ops.listen, "127.0.0.1:8081");
  EXPECT_TRUE(loaded.config.create_streams);
  EXPECT_EQ(loaded.config.stream_defaults.sink, "main");
  ASSERT_THAT(loaded.config.sinks, SizeIs(1));
  EXPECT_EQ(loaded.config.sinks[0].name, "main");
  EXPECT_EQ(loaded.config.sinks[0].type, "sqlite");
  EXPECT_EQ(loaded.config.sinks[0].settings.at("path"), "sink.sqlite");
}

TEST(Load, TheExampleOfTheContractIsReadAsItSays) {
  const Config config = LoadGood(kContractExample);
  EXPECT_EQ(config.limits.body_bytes, 16'777'216U);
  EXPECT_EQ(config.limits.connections, 20'000U);
  ASSERT_THAT(config.sinks, SizeIs(1));
  EXPECT_EQ(config.sinks[0].type, "postgres");
  EXPECT_EQ(config.sinks[0].lanes, 2U);
  EXPECT_EQ(config.sinks[0].settings.at("url"), "postgresql://user@127.0.0.1:5432/db");
  ASSERT_THAT(config.streams, SizeIs(1));
  const StreamConfig& orders = config.streams[0];
  EXPECT_EQ(orders.name, "orders");
  EXPECT_EQ(orders.sink, "main");
  EXPECT_EQ(orders.table, "orders");
  EXPECT_EQ(orders.dedupe, DedupeMode::kWindow);
  EXPECT_EQ(orders.producer_retention, std::chrono::hours(720));
  EXPECT_EQ(orders.id_retention, std::chrono::hours(168));
  EXPECT_EQ(orders.request_timeout, std::chrono::seconds(10));
}

TEST(Load, ThePackagedExampleHasNoFault) {
  ConfigSources sources;
  sources.file = ONCEGATE_EXAMPLE_CONFIG;
  const LoadedConfig loaded = LoadConfig(sources);
  EXPECT_THAT(Texts(loaded.faults), IsEmpty());
  EXPECT_THAT(Texts(loaded.warnings), IsEmpty());
}

TEST(Load, EveryFaultIsReportedAtOnceInTheOrderOfTheFile) {
  EXPECT_THAT(FaultsOf(R"(data_dri = "x"
[ingest]
listen = 8080
[limits]
body_bytes = "many"
[sinks.main]
type = "sqlite"
lanes = 0
[streams.Orders]
request_timeout = "10"
)"),
              ElementsAre(HasSubstr("oncegate.toml:1:1: data_dri: unknown key"),
                          HasSubstr("oncegate.toml:3:1: ingest.listen: must be text in quotes"),
                          HasSubstr("oncegate.toml:5:1: limits.body_bytes: must be a whole number"),
                          HasSubstr("oncegate.toml:8:1: sinks.main.lanes: must be a whole number "
                                    "from 1 to 64; it is 0"),
                          HasSubstr("oncegate.toml:9:10: streams.Orders: is no stream name"),
                          HasSubstr("oncegate.toml:10:1: streams.Orders.request_timeout: \"10\" is "
                                    "no duration")));
}

TEST(Load, AnUnknownKeyGetsASuggestion) {
  EXPECT_THAT(FaultsOf("[ingest]\nlistn = \"127.0.0.1:1\"\n"),
              ElementsAre("oncegate.toml:2:1: ingest.listn: unknown key; remove or correct it (did "
                          "you mean \"listen\"?)"));
  EXPECT_THAT(FaultsOf("[stream.orders]\n"),
              ElementsAre(HasSubstr("oncegate.toml:1:2: stream: unknown key; remove or correct it "
                                    "(did you mean \"streams\"?)")));
}

TEST(Load, WhatIsNotTomlIsOneFaultWithItsPlace) {
  EXPECT_THAT(FaultsOf("data_dir = \"a\"\ndata_dir = \"b\"\n"),
              ElementsAre(HasSubstr("oncegate.toml:2:")));
  EXPECT_THAT(FaultsOf("[ingest\n"), ElementsAre(HasSubstr("oncegate.toml:1:")));
}

TEST(Load, AMissingFileIsAFault) {
  ConfigSources sources;
  sources.file = "/nowhere/oncegate.toml";
  EXPECT_THAT(Texts(LoadConfig(sources).faults),
              ElementsAre("/nowhere/oncegate.toml: can not be read; check the path and its "
                          "permissions"));
  sources.file = "/";
  EXPECT_THAT(LoadConfig(sources).faults, SizeIs(1));
}

TEST(Load, AValueOfTheWrongKindIsNamed) {
  EXPECT_THAT(FaultsOf("ingest = 1\n"),
              ElementsAre(HasSubstr("ingest: must be a table, [ingest]")));
  EXPECT_THAT(FaultsOf("data_dir = []\n"), ElementsAre(HasSubstr("not an array")));
  EXPECT_THAT(FaultsOf("data_dir = 1.5\n"), ElementsAre(HasSubstr("a number with a fraction")));
  EXPECT_THAT(FaultsOf("[ingest]\ninsecure = \"true\"\n"),
              ElementsAre(HasSubstr("must be true or false (without quotes), not text")));
  EXPECT_THAT(FaultsOf("data_dir = \"\"\n"), ElementsAre(HasSubstr("must name a folder")));
}

}  // namespace
}  // namespace oncegate
