#include "server/log/logger.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <sstream>
#include <thread>
#include <vector>

namespace oncegate {
namespace {

TEST(Logger, WritesOneObjectALineToStandardError) {
  testing::internal::CaptureStderr();
  Logger logger(LogLevel::kInfo);
  logger.Log(LogLevel::kInfo, "started {} %s", {{"port", std::int64_t{8080}}});
  logger.Log(LogLevel::kError, "failed");
  std::istringstream lines(testing::internal::GetCapturedStderr());
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(boost::json::parse(line).at("message").as_string(), "started {} %s");
  EXPECT_EQ(boost::json::parse(line).at("port").as_int64(), 8080);
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(boost::json::parse(line).at("level").as_string(), "error");
  EXPECT_FALSE(std::getline(lines, line));
}

TEST(Logger, LevelsBelowTheConfiguredOneAreNotWritten) {
  testing::internal::CaptureStderr();
  Logger logger(LogLevel::kWarning);
  EXPECT_FALSE(logger.IsEnabled(LogLevel::kInfo));
  EXPECT_TRUE(logger.IsEnabled(LogLevel::kWarning));
  logger.Log(LogLevel::kDebug, "quiet");
  logger.Log(LogLevel::kInfo, "quiet");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Logger, LinesOfSeveralThreadsDoNotMix) {
  constexpr int kThreads = 4;
  constexpr int kLines = 200;
  testing::internal::CaptureStderr();
  {
    Logger logger(LogLevel::kInfo);
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&logger] {
        for (int i = 0; i < kLines; ++i) logger.Log(LogLevel::kInfo, std::string(200, 'x'));
      });
    }
  }
  std::istringstream lines(testing::internal::GetCapturedStderr());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) boost::json::parse(line);
  EXPECT_EQ(count, kThreads * kLines);
}

}  // namespace
}  // namespace oncegate
