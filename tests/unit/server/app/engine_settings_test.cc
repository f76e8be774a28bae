#include "server/app/engine_settings.h"

#include <gtest/gtest.h>

#include "server/config/load.h"

namespace oncegate {
namespace {

TEST(EngineSettings, CarryWhatTheConfigurationSays) {
  const LoadedConfig loaded = LoadConfigText(R"(
[limits]
queue_bytes_per_lane = 100000000
group_events = 11
group_bytes = 12
streams = 13
[store]
fingerprint_retention = "3h"
[stream_defaults]
create = false
ranges_max = 14
[streams.orders]
dedupe = "strict"
table = "t"
request_timeout = "2s"
producer_retention = "4h"
id_retention = "5h"
ids_max = 15
fingerprints = false
)",
                                             "test", {});
  ASSERT_TRUE(loaded.faults.empty()) << ToText(loaded.faults.front());
  const EngineSettings settings = MakeEngineSettings(loaded.config);
  EXPECT_EQ(settings.queue_bytes_per_lane, 100'000'000U);
  EXPECT_EQ(settings.group_events, 11U);
  EXPECT_EQ(settings.group_bytes, 12U);
  EXPECT_EQ(settings.streams_max, 13U);
  EXPECT_EQ(settings.fingerprint_retention, std::chrono::hours(3));
  EXPECT_FALSE(settings.create_streams);
  EXPECT_TRUE(settings.stream_defaults.implicit);
  EXPECT_EQ(settings.stream_defaults.sink, "main");
  ASSERT_EQ(settings.streams.size(), 1U);
  const StreamSpec& orders = settings.streams[0];
  EXPECT_EQ(orders.name, "orders");
  EXPECT_EQ(orders.sink, "main");
  EXPECT_EQ(orders.target.stream, "orders");
  EXPECT_EQ(orders.target.table, "t");
  EXPECT_EQ(orders.target.mode, DedupeMode::kStrict);
  EXPECT_EQ(orders.mode, DedupeMode::kStrict);
  EXPECT_EQ(orders.request_timeout, std::chrono::seconds(2));
  EXPECT_EQ(orders.producer_retention, std::chrono::hours(4));
  EXPECT_EQ(orders.id_retention, std::chrono::hours(5));
  EXPECT_EQ(orders.ids_max, 15U);
  EXPECT_EQ(orders.ranges_max, 14U);
  EXPECT_FALSE(orders.fingerprints);
  EXPECT_FALSE(orders.implicit);
}

TEST(EngineSettings, EachSinkOfAStreamHasItsTarget) {
  const LoadedConfig loaded = LoadConfigText(R"(
[sinks.main]
type = "sqlite"
[sinks.lake]
type = "files"
path = "lake"
[stream_defaults]
create = false
sinks = ["main", "lake"]
[streams.orders]
)",
                                             "test", {});
  ASSERT_TRUE(loaded.faults.empty()) << ToText(loaded.faults.front());
  const EngineSettings settings = MakeEngineSettings(loaded.config);
  const StreamSpec& orders = settings.streams.at(0);
  EXPECT_EQ(orders.sink, "main");
  EXPECT_EQ(orders.target.kind, TargetKind::kDocument);
  ASSERT_EQ(orders.further_sinks.size(), 1U);
  EXPECT_EQ(orders.further_sinks[0].sink, "lake");
  EXPECT_EQ(orders.further_sinks[0].kind, TargetKind::kAppend);
}

TEST(EngineSettings, LanesAreTheConfiguredOnesOrTheSinksDefault) {
  Config config = LoadConfig({}).config;
  auto sinks = MakeEngineSinks(config);
  ASSERT_TRUE(sinks.has_value());
  EXPECT_EQ(sinks->at(0).lanes, sinks->at(0).sink->DefaultLanes());
  config.sinks.at(0).lanes = 3;
  sinks = MakeEngineSinks(config);
  ASSERT_TRUE(sinks.has_value());
  EXPECT_EQ(sinks->at(0).lanes, 3U);
}

}  // namespace
}  // namespace oncegate
