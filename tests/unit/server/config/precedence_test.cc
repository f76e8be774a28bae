#include "tests/unit/server/config/config_testing.h"

namespace oncegate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ConfigSources Environment(std::vector<EnvironmentVariable> variables) {
  ConfigSources sources;
  sources.environment = std::move(variables);
  return sources;
}

TEST(Precedence, EnvironmentWinsOverTheFileAndFlagsOverBoth) {
  constexpr std::string_view kFile = "[ingest]\nlisten = \"127.0.0.1:1\"\n";
  EXPECT_EQ(LoadGood(kFile).ingest.listen, "127.0.0.1:1");
  ConfigSources sources = Environment({{"ONCEGATE_INGEST__LISTEN", "127.0.0.1:2"}});
  EXPECT_EQ(LoadGood(kFile, sources).ingest.listen, "127.0.0.1:2");
  sources.flags = {{"--ingest-listen", {"ingest", "listen"}, "127.0.0.1:3"}};
  EXPECT_EQ(LoadGood(kFile, sources).ingest.listen, "127.0.0.1:3");
}

TEST(Precedence, TextFromTheEnvironmentStandsForEveryType) {
  const Config config = LoadGood("", Environment({{"ONCEGATE_DATA_DIR", "/tmp/elsewhere"},
                                                  {"ONCEGATE_INGEST__INSECURE", "true"},
                                                  {"ONCEGATE_LIMITS__BODY_BYTES", "1024"},
                                                  {"ONCEGATE_LIMITS__IDLE_TIMEOUT", "3s"},
                                                  {"ONCEGATE_SINKS__MAIN__LANES", "1"},
                                                  {"ONCEGATE_SINKS__MAIN__TYPE", "sqlite"},
                                                  {"ONCEGATE_SINKS__MAIN__PATH", "a.sqlite"},
                                                  {"ONCEGATE_STREAMS__ORDERS__DEDUPE", "strict"}}));
  EXPECT_EQ(config.data_dir, "/tmp/elsewhere");
  EXPECT_TRUE(config.ingest.insecure);
  EXPECT_EQ(config.limits.body_bytes, 1024U);
  EXPECT_EQ(config.limits.idle_timeout, std::chrono::seconds(3));
  EXPECT_EQ(config.sinks.at(0).lanes, 1U);
  EXPECT_EQ(config.sinks.at(0).settings.at("path"), "a.sqlite");
  EXPECT_EQ(config.streams.at(0).name, "orders");
  EXPECT_EQ(config.streams.at(0).dedupe, DedupeMode::kStrict);
}

TEST(Precedence, AnEnvironmentNameMatchesWhateverCaseTheFileUses) {
  const Config config = LoadGood("[sinks.Main]\ntype = \"sqlite\"\npath = \"a\"\n",
                                 Environment({{"ONCEGATE_SINKS__MAIN__PATH", "b"}}));
  ASSERT_EQ(config.sinks.size(), 1U);
  EXPECT_EQ(config.sinks[0].name, "Main");
  EXPECT_EQ(config.sinks[0].settings.at("path"), "b");
}

TEST(Precedence, AnUnknownNameWithTwoUnderscoresIsAFault) {
  const LoadedConfig loaded = LoadText(
      "", Environment({{"ONCEGATE_INGEST__LISTN", "127.0.0.1:2"}, {"ONCEGATE_A__B", "1"}}));
  EXPECT_THAT(Texts(loaded.faults),
              ElementsAre(HasSubstr("ONCEGATE_A__B: a: unknown key"),
                          HasSubstr("ONCEGATE_INGEST__LISTN: ingest.listn: unknown key; remove or "
                                    "correct it (did you mean \"listen\"?)")));
}

TEST(Precedence, OtherUnknownNamesAreWarnedOf) {
  const LoadedConfig loaded = LoadText(
      "", Environment({{"ONCEGATE_COLOUR", "blue"}, {"ONCEGATE_INGEST", "x"}, {"PATH", "y"}}));
  EXPECT_THAT(Texts(loaded.faults), IsEmpty());
  EXPECT_THAT(Texts(loaded.warnings), ElementsAre(HasSubstr("ONCEGATE_COLOUR: is no setting"),
                                                  HasSubstr("ONCEGATE_INGEST: is no setting")));
}

TEST(Precedence, AFaultNamesTheVariableOrFlagThatSaidIt) {
  ConfigSources sources = Environment({{"ONCEGATE_LIMITS__BODY_BYTES", "ten"}});
  sources.flags = {{"--log-level", {"log", "level"}, "loud"}};
  EXPECT_THAT(
      Texts(LoadText("", sources).faults),
      ElementsAre(HasSubstr("ONCEGATE_LIMITS__BODY_BYTES: limits.body_bytes: must be a whole"),
                  HasSubstr("--log-level: log.level: \"loud\" is not one of")));
}

}  // namespace
}  // namespace oncegate
