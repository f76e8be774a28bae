#include "server/log/line.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>

namespace oncegate {
namespace {

constexpr WallTime kNoon{1'769'860'800'000'000};  // 2026-01-31T12:00:00Z

TEST(LogLine, HoldsTimeLevelMessageAndFieldsInOrder) {
  EXPECT_EQ(
      FormatLogLine(
          kNoon, LogLevel::kWarning, "sink is down",
          {{"sink", "main"}, {"attempt", std::int64_t{3}}, {"final", false}, {"seconds", 0.5}}),
      R"({"time":"2026-01-31T12:00:00Z","level":"warn","message":"sink is down",)"
      R"("sink":"main","attempt":3,"final":false,"seconds":5E-1})");
}

TEST(LogLine, QuotesNewlinesAndControlCharactersAreEscaped) {
  const std::string_view nasty("a\"b\\c\nd\te\0f\x1f", 12);
  const std::string line = FormatLogLine(kNoon, LogLevel::kInfo, nasty, {{"text", nasty}});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const boost::json::value parsed = boost::json::parse(line);
  EXPECT_EQ(parsed.at("message").as_string(), nasty);
  EXPECT_EQ(parsed.at("text").as_string(), nasty);
}

TEST(LogLine, AMessageCanNotForgeAField) {
  const std::string line =
      FormatLogLine(kNoon, LogLevel::kInfo, R"(x","level":"error)", {{"a", R"(","b":"c)"}});
  const boost::json::object parsed = boost::json::parse(line).as_object();
  EXPECT_EQ(parsed.at("level").as_string(), "info");
  EXPECT_FALSE(parsed.contains("b"));
}

TEST(LogLine, BytesThatAreNotUtf8AreReplaced) {
  for (const std::string_view bad :
       {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"}) {
    const std::string line = FormatLogLine(kNoon, LogLevel::kInfo, "m", {{"text", bad}});
    const std::string text(boost::json::parse(line).at("text").as_string());
    EXPECT_EQ(text.substr(0, 3), "\xEF\xBF\xBD") << line;
  }
  const std::string_view good = "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";
  const std::string line = FormatLogLine(kNoon, LogLevel::kInfo, "m", {{"text", good}});
  EXPECT_EQ(boost::json::parse(line).at("text").as_string(), good);
}

TEST(LogLine, NumbersThatJsonLacksBecomeNull) {
  const std::string line =
      FormatLogLine(kNoon, LogLevel::kInfo, "m", {{"a", std::nan("")}, {"b", HUGE_VAL}});
  EXPECT_TRUE(boost::json::parse(line).at("a").is_null());
  EXPECT_TRUE(boost::json::parse(line).at("b").is_null());
}

}  // namespace
}  // namespace oncegate
