#include "tests/unit/server/config/config_testing.h"

namespace oncegate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Limits, EveryLimitCanBeSet) {
  const Config config = LoadGood(R"(
[limits]
body_bytes = 1000
records_per_request = 10
header_bytes = 512
queue_bytes_per_lane = 2000
connections = 3
key_bytes = 64
group_events = 4
group_bytes = 5
streams = 6
header_timeout = "1s"
body_timeout = "2s"
write_timeout = "3s"
idle_timeout = "4s"
drain_timeout = "5s"
[store]
fingerprint_retention = "1h"
fingerprint_bytes = 7
[log]
level = "debug"
)");
  EXPECT_EQ(config.limits.body_bytes, 1000U);
  EXPECT_EQ(config.limits.records_per_request, 10U);
  EXPECT_EQ(config.limits.header_bytes, 512U);
  EXPECT_EQ(config.limits.queue_bytes_per_lane, 2000U);
  EXPECT_EQ(config.limits.connections, 3U);
  EXPECT_EQ(config.limits.key_bytes, 64U);
  EXPECT_EQ(config.limits.group_events, 4U);
  EXPECT_EQ(config.limits.group_bytes, 5U);
  EXPECT_EQ(config.limits.streams, 6U);
  EXPECT_EQ(config.limits.header_timeout, std::chrono::seconds(1));
  EXPECT_EQ(config.limits.body_timeout, std::chrono::seconds(2));
  EXPECT_EQ(config.limits.write_timeout, std::chrono::seconds(3));
  EXPECT_EQ(config.limits.idle_timeout, std::chrono::seconds(4));
  EXPECT_EQ(config.limits.drain_timeout, std::chrono::seconds(5));
  EXPECT_EQ(config.store.fingerprint_retention, std::chrono::hours(1));
  EXPECT_EQ(config.store.fingerprint_bytes, 7U);
  EXPECT_EQ(config.log.level, "debug");
}

TEST(Limits, WhatIsOutOfBoundsIsRefusedWithTheBounds) {
  EXPECT_THAT(FaultsOf("[limits]\nbody_bytes = -1\n"),
              ElementsAre(HasSubstr("must be a whole number from 1 to 536870912; it is -1")));
  EXPECT_THAT(FaultsOf("[limits]\nheader_timeout = \"0s\"\n"),
              ElementsAre(HasSubstr("must be at least 1ms")));
  EXPECT_THAT(FaultsOf("[store]\nfingerprint_retention = \"1500ms\"\n"),
              ElementsAre(HasSubstr("must be at least 1s and a multiple of it")));
  EXPECT_THAT(FaultsOf("[log]\nlevel = \"warning\"\n"),
              ElementsAre(HasSubstr("\"warning\" is not one of debug, info, warn or error")));
}

TEST(Limits, AQueueBelowTheBodyLimitIsAWarning) {
  const LoadedConfig loaded = LoadText("[limits]\nqueue_bytes_per_lane = 1000\n");
  EXPECT_THAT(Texts(loaded.faults), IsEmpty());
  EXPECT_THAT(Texts(loaded.warnings), ElementsAre(HasSubstr("limits.queue_bytes_per_lane")));
}

TEST(Listeners, ANonLoopbackAddressNeedsInsecureInWriting) {
  EXPECT_THAT(FaultsOf("[ingest]\nlisten = \"0.0.0.0:8080\"\n"),
              ElementsAre(HasSubstr("oncegate.toml:2:1: ingest.listen: 0.0.0.0:8080 can be reached "
                                    "from outside")));
  EXPECT_THAT(FaultsOf("[ops]\nlisten = \"[::]:1\"\ninsecure = false\n"),
              ElementsAre(HasSubstr("ops.listen")));
  EXPECT_TRUE(LoadGood("[ingest]\nlisten = \"0.0.0.0:8080\"\ninsecure = true\n").ingest.insecure);
}

TEST(Listeners, TwoOnOneAddressAreRefusedUnlessThePortIsFree) {
  EXPECT_THAT(FaultsOf("[ops]\nlisten = \"127.0.0.1:8080\"\n"),
              ElementsAre(HasSubstr("listens where ingest does")));
  LoadGood("[ingest]\nlisten = \"127.0.0.1:0\"\n[ops]\nlisten = \"127.0.0.1:0\"\n");
}

TEST(Listeners, ANameIsNoAddress) {
  EXPECT_THAT(FaultsOf("[ingest]\nlisten = \"example.com:80\"\n"),
              ElementsAre(HasSubstr("\"example.com:80\" is no address")));
}

}  // namespace
}  // namespace oncegate
