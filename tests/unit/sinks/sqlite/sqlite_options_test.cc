#include <gtest/gtest.h>

#include <algorithm>

#include "sinks/registry.h"
#include "sinks/sqlite/sqlite_sink.h"

namespace oncegate::sqlite {
namespace {

SinkOptions Options(std::map<std::string, std::string> settings) {
  SinkOptions options;
  options.name = "main";
  options.type = "sqlite";
  options.data_dir = "data";
  options.request_timeout = std::chrono::seconds(10);
  options.settings = std::move(settings);
  return options;
}

std::vector<std::string> FaultyKeys(const SinkOptions& options) {
  std::vector<std::string> keys;
  for (const OptionFault& fault : kSqliteSinkType.check(options)) {
    EXPECT_NE(fault.message, "");
    keys.push_back(fault.key);
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

using Keys = std::vector<std::string>;

TEST(SqliteOptions, TheDefaultsAreValid) {
  EXPECT_EQ(FaultyKeys(Options({})), Keys{});
  EXPECT_EQ(FaultyKeys(Options({{"path", "a/b.sqlite"}, {"busy_timeout", "500"}})), Keys{});
}

TEST(SqliteOptions, EveryFaultIsReportedAtOnce) {
  EXPECT_EQ(FaultyKeys(Options({{"path", ""}, {"pth", "x"}, {"url", "y"}, {"busy_timeout", "x"}})),
            (Keys{"busy_timeout", "path", "pth", "url"}));
}

TEST(SqliteOptions, ADatabaseInMemoryIsRefused) {
  EXPECT_EQ(FaultyKeys(Options({{"path", ":memory:"}})), Keys{"path"});
  EXPECT_EQ(FaultyKeys(Options({{"path", "file:x?mode=memory"}})), Keys{"path"});
}

TEST(SqliteOptions, TheBusyTimeoutStaysWithinTheRequestTimeout) {
  for (const char* text : {"", "-1", "0", "1.5", "10001", "99999999999999999999", "5s"}) {
    EXPECT_EQ(FaultyKeys(Options({{"busy_timeout", text}})), Keys{"busy_timeout"}) << text;
  }
  EXPECT_EQ(FaultyKeys(Options({{"busy_timeout", "10000"}})), Keys{});
}

TEST(SqliteOptions, AnUnknownSettingIsNamedWithTheKnownOnes) {
  const auto faults = kSqliteSinkType.check(Options({{"pth", "x"}}));
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_NE(faults[0].message.find("path"), std::string::npos);
}

TEST(SqliteOptions, OneLaneIsTheDefault) {
  EXPECT_EQ(kSqliteSinkType.make(Options({})).value()->DefaultLanes(), 1U);
}

}  // namespace
}  // namespace oncegate::sqlite
