#include "server/config/sink_options.h"
#include "tests/unit/server/config/config_testing.h"

namespace oncegate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

TEST(SinkConfig, AnyConfiguredSinkReplacesTheEmbeddedOne) {
  const Config config = LoadGood("[sinks.other]\ntype = \"sqlite\"\npath = \"x.sqlite\"\n");
  ASSERT_THAT(config.sinks, SizeIs(1));
  EXPECT_EQ(config.sinks[0].name, "other");
  EXPECT_EQ(config.stream_defaults.sink, "other");
}

TEST(SinkConfig, TheTypeIsRequiredAndChecked) {
  EXPECT_THAT(FaultsOf("[sinks.main]\n"),
              ElementsAre(HasSubstr("oncegate.toml:1:8: sinks.main.type: is missing")));
  EXPECT_THAT(FaultsOf("[sinks.main]\ntype = \"postgrse\"\n"),
              ElementsAre(HasSubstr("(did you mean \"postgres\"?)")));
}

TEST(SinkConfig, FaultsThatTheSinkFindsPointAtTheirLine) {
  EXPECT_THAT(FaultsOf("[sinks.main]\ntype = \"postgres\"\n"),
              ElementsAre(HasSubstr("oncegate.toml:1:8: sinks.main.url: ")));
  EXPECT_THAT(FaultsOf("[sinks.main]\ntype = \"sqlite\"\npath = \"a\"\ncolour = \"blue\"\n"),
              ElementsAre(HasSubstr("oncegate.toml:4:1: sinks.main.colour: ")));
}

TEST(SinkConfig, DurationsReachTheSinkInMilliseconds) {
  const Config config = LoadGood(
      "[sinks.main]\ntype = \"postgres\"\nurl = \"postgresql://u@127.0.0.1/d\"\n"
      "connect_timeout = \"3s\"\n");
  EXPECT_EQ(config.sinks[0].settings.at("connect_timeout"), "3000");
  EXPECT_THAT(
      FaultsOf("[sinks.main]\ntype = \"postgres\"\nurl = \"postgresql://u@127.0.0.1/d\"\n"
               "connect_timeout = 3\n"),
      ElementsAre(HasSubstr("oncegate.toml:4:1: sinks.main.connect_timeout: must be text in "
                            "quotes, a duration such as \"10s\"")));
}

TEST(SinkConfig, OptionsCarryTheLongestRequestTimeoutOfTheSinksStreams) {
  const Config config = LoadGood(R"(
[sinks.main]
type = "sqlite"
path = "a"
[sinks.other]
type = "sqlite"
path = "b"
[streams.fast]
request_timeout = "1s"
[streams.slow]
request_timeout = "1m"
[streams.elsewhere]
sink = "other"
request_timeout = "2m"
)");
  EXPECT_EQ(OptionsOf(config, config.sinks[0]).request_timeout, std::chrono::minutes(1));
  EXPECT_EQ(OptionsOf(config, config.sinks[1]).request_timeout, std::chrono::minutes(2));
}

TEST(SinkConfig, ANameThatFitsNoPathOrLabelIsRefused) {
  EXPECT_THAT(FaultsOf("[sinks.\"a b\"]\ntype = \"sqlite\"\npath = \"a\"\n"),
              ElementsAre(HasSubstr("sinks.a b: a sink's name is 1 to 63 letters")));
}

}  // namespace
}  // namespace oncegate
