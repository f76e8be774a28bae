#include "server/config/fault.h"

#include <gtest/gtest.h>

#include <array>

namespace oncegate {
namespace {

constexpr std::array<std::string_view, 4> kNames{"listen", "lanes", "limits", "url"};

TEST(Fault, NamesFileLineColumnAndKey) {
  const ConfigFault fault{
      {ConfigOrigin::Layer::kFile, "a.toml", 12, 8}, "sinks.main.lanes", "must be a number"};
  EXPECT_EQ(ToText(fault), "a.toml:12:8: sinks.main.lanes: must be a number");
}

TEST(Fault, NamesTheVariableOrTheFlag) {
  EXPECT_EQ(
      ToText({{ConfigOrigin::Layer::kEnvironment, "ONCEGATE_LOG__LEVEL"}, "log.level", "bad"}),
      "ONCEGATE_LOG__LEVEL: log.level: bad");
  EXPECT_EQ(ToText({{ConfigOrigin::Layer::kFlag, "--log-level"}, "log.level", "bad"}),
            "--log-level: log.level: bad");
}

TEST(Fault, SuggestsTheNearestName) {
  EXPECT_EQ(ClosestName("listn", kNames), "listen");
  EXPECT_EQ(ClosestName("lane", kNames), "lanes");
  EXPECT_EQ(ClosestName("lsiten", kNames), "listen");
  EXPECT_EQ(ClosestName("URL", kNames), "");
  EXPECT_EQ(ClosestName("colour", kNames), "");
  EXPECT_EQ(DidYouMean("urll", kNames), " (did you mean \"url\"?)");
}

TEST(Fault, ListsNamesAsASentenceDoes) {
  EXPECT_EQ(ListNames(kNames), "listen, lanes, limits or url");
  EXPECT_EQ(ListNames(std::span(kNames).first(1)), "listen");
}

}  // namespace
}  // namespace oncegate
