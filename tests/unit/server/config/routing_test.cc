#include "server/config/render.h"
#include "server/config/sink_options.h"
#include "server/config/stream_sinks.h"
#include "tests/unit/server/config/config_testing.h"

namespace oncegate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kThreeSinks =
    "[sinks.main]\ntype = \"sqlite\"\n[sinks.search]\ntype = \"sqlite\"\npath = \"b\"\n"
    "[sinks.lake]\ntype = \"files\"\npath = \"lake\"\n";

Config LoadRouted(std::string_view streams) {
  return LoadGood(std::string(kThreeSinks) + std::string(streams));
}

std::vector<std::string> RoutingFaults(std::string_view streams) {
  return FaultsOf(std::string(kThreeSinks) + std::string(streams));
}

TEST(RoutingConfig, AStreamMayGoToSeveralSinks) {
  const Config config = LoadRouted("[streams.a]\nsinks = [\"search\", \"main\"]\n[streams.b]\n");
  EXPECT_THAT(SinksOf(config.streams.at(0)), ElementsAre("search", "main"));
  EXPECT_THAT(SinksOf(config.streams.at(1)), ElementsAre("main"));
  EXPECT_THAT(RenderRedacted(config), HasSubstr(R"("sinks":["search","main"])"));
}

TEST(RoutingConfig, SinksAreInheritedAndMayBeOverriddenByOne) {
  const Config config = LoadRouted(
      "[stream_defaults]\nsinks = [\"main\", \"search\"]\n[streams.a]\n"
      "[streams.b]\nsink = \"search\"\n[streams.c]\nsinks = [\"search\"]\n");
  EXPECT_THAT(SinksOf(config.stream_defaults), ElementsAre("main", "search"));
  EXPECT_THAT(SinksOf(config.streams.at(0)), ElementsAre("main", "search"));
  EXPECT_THAT(SinksOf(config.streams.at(1)), ElementsAre("search"));
  EXPECT_THAT(SinksOf(config.streams.at(2)), ElementsAre("search"));
}

TEST(RoutingConfig, WhatIsWrongWithAListOfSinksIsSaid) {
  EXPECT_THAT(RoutingFaults("[streams.a]\nsink = \"main\"\nsinks = [\"main\", \"search\"]\n"),
              ElementsAre(HasSubstr("streams.a.sinks: can not go with sink")));
  EXPECT_THAT(RoutingFaults("[streams.a]\nsinks = [\"main\", \"main\"]\n"),
              ElementsAre(HasSubstr("streams.a.sinks: \"main\" is named twice")));
  EXPECT_THAT(RoutingFaults("[streams.a]\nsinks = []\n"),
              ElementsAre(HasSubstr("streams.a.sinks: is empty")));
  EXPECT_THAT(RoutingFaults("[streams.a]\nsinks = [\"main\", \"serch\"]\n"),
              ElementsAre(HasSubstr("streams.a.sinks: there is no [sinks.serch]; name one of")));
  EXPECT_THAT(RoutingFaults("[streams.a]\nsinks = \"main\"\n"),
              ElementsAre(HasSubstr("must be a list of texts")));
}

TEST(RoutingConfig, EachSinkHasTheTargetThatItKnows) {
  const Config config = LoadRouted(
      "[streams.a]\nsinks = [\"main\", \"lake\"]\ntarget = \"document\"\n"
      "[streams.b]\nsinks = [\"lake\", \"main\"]\n");
  EXPECT_EQ(config.streams.at(0).target, "document");
  EXPECT_EQ(config.streams.at(0).further_sinks.at(0).target, "append");
  EXPECT_EQ(config.streams.at(1).target, "append");
  EXPECT_EQ(config.streams.at(1).further_sinks.at(0).target, "document");
}

TEST(RoutingConfig, NoSinkOfAStreamIsLeftUnchecked) {
  EXPECT_THAT(RoutingFaults("[streams.a]\nsinks = [\"main\", \"lake\"]\ndedupe = \"version\"\n"),
              ElementsAre(HasSubstr("sinks.lake of type \"files\" has none")));
  EXPECT_THAT(RoutingFaults("[sinks.hook]\ntype = \"webhook\"\nurl = \"https://example.org/\"\n"
                            "[streams.a]\nsinks = [\"main\", \"hook\"]\n"),
              ElementsAre(HasSubstr("streams.a.on_reject: must be \"dead_letter\"")));
  EXPECT_THAT(RoutingFaults("[streams.a]\nsinks = [\"main\", \"search\"]\n"
                            "[streams.b]\nsink = \"search\"\ntable = \"a\"\n"),
              ElementsAre(HasSubstr("writes table \"a\" of sink \"search\"")));
}

TEST(RoutingConfig, EverySinkKnowsTheLongestTimeoutOfItsStreams) {
  const Config config =
      LoadRouted("[streams.a]\nsinks = [\"main\", \"search\"]\nrequest_timeout = \"1m\"\n");
  const auto search = std::ranges::find(config.sinks, "search", &SinkConfig::name);
  EXPECT_EQ(OptionsOf(config, *search).request_timeout, std::chrono::minutes(1));
}

}  // namespace
}  // namespace oncegate
