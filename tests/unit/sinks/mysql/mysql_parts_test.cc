#include <gtest/gtest.h>

#include "sinks/mysql/block.h"
#include "sinks/mysql/error.h"
#include "sinks/mysql/settings.h"
#include "sinks/mysql/table_name.h"

namespace oncegate::mysql {
namespace {

TEST(MysqlUrl, AllPartsAreRead) {
  const auto url = ParseUrl("mysql://us%40er:p%3Aw%2F@[::1]:3307/sh%20op");
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(url->user, "us@er");
  EXPECT_EQ(url->password, "p:w/");
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, 3307);
  EXPECT_EQ(url->database, "sh op");
  EXPECT_EQ(ParseUrl("mariadb://u@h/d")->port, kDefaultPort);
}

TEST(MysqlUrl, AnythingElseIsRefused) {
  for (const char* text :
       {"", "mysql://", "mysql://u@h", "mysql://u@h/", "mysql://h/d", "mysql://@h/d",
        "mysql://u@/d", "postgresql://u@h/d", "mysql://u@h:0/d", "mysql://u@h:x/d",
        "mysql://u@h:70000/d", "mysql://u%4@h/d", "mysql://u%00@h/d", "mysql://u@[::1/d",
        "mysql://u@h/d/e", "mysql://u@h/d?ssl=1"}) {
    EXPECT_FALSE(ParseUrl(text).has_value()) << text;
  }
}

std::vector<OptionFault> FaultsOf(std::map<std::string, std::string> settings) {
  SinkOptions options;
  options.type = "mysql";
  options.request_timeout = std::chrono::seconds(10);
  options.settings = std::move(settings);
  std::vector<OptionFault> faults;
  ReadSettings(options, &faults);
  return faults;
}

TEST(MysqlSettings, EveryFaultIsNamedAndNoneRepeatsTheUrl) {
  const auto faults = FaultsOf({{"url", "mysql://u:secret@"},
                                {"tls", "maybe"},
                                {"tls_ca", "/a"},
                                {"lock_timeout", "10"},
                                {"idle_transaction_timeout", "10000"},
                                {"colour", "blue"}});
  std::vector<std::string> keys;
  for (const OptionFault& fault : faults) {
    keys.push_back(fault.key);
    EXPECT_EQ(fault.message.find("secret"), std::string::npos);
  }
  EXPECT_EQ(keys, (std::vector<std::string>{"colour", "url", "tls", "tls_ca", "lock_timeout",
                                            "idle_transaction_timeout"}));
  EXPECT_EQ(FaultsOf({}).at(0).key, "url");
  EXPECT_TRUE(FaultsOf({{"url", "mysql://u@h/d"}}).empty());
}

TEST(MysqlBlock, BlocksArePowersOfTwoWithinTheirBytes) {
  const auto one = [](std::size_t) { return std::size_t{1}; };
  EXPECT_EQ(NextBlock(1, 100, one), 1U);
  EXPECT_EQ(NextBlock(7, 100, one), 4U);
  EXPECT_EQ(NextBlock(5'000, 100'000, one), kBlockRowsMax);
  EXPECT_EQ(NextBlock(5'000, 100, one), 64U);
  EXPECT_EQ(NextBlock(3, 1, [](std::size_t) { return std::size_t{50}; }), 1U);
}

TEST(MysqlError, OnlyDataErrorsAreBlamedOnARow) {
  const auto error = [](std::uint32_t code, const char* sqlstate) {
    return MysqlError{sqlstate, "", code, false};
  };
  for (const MysqlError& data :
       {error(1062, "23000"), error(1406, "22001"), error(1644, "45000"), error(4025, "23000"),
        error(3819, "HY000"), error(1366, "22007")}) {
    EXPECT_TRUE(IsDataError(data)) << data.code;
  }
  EXPECT_EQ(ClassOf(error(1213, "40001")), SinkErrorClass::kRestart);
  EXPECT_EQ(ClassOf(error(1205, "HY000")), SinkErrorClass::kRestart);
  EXPECT_EQ(ClassOf(error(1146, "42S02")), SinkErrorClass::kStream);
  for (const MysqlError& systemic :
       {error(1114, "HY000"), error(1030, "HY000"), error(1290, "HY000"), error(2013, "HY000")}) {
    EXPECT_FALSE(IsDataError(systemic)) << systemic.code;
    EXPECT_EQ(ClassOf(systemic), SinkErrorClass::kConnection) << systemic.code;
  }
}

TEST(MysqlTableName, NamesAreQuotedNotInterpreted) {
  EXPECT_EQ(Quote({"d", "a`b"}), "`d`.`a``b`");
  EXPECT_EQ(ParseTableName("t", "d"), (TableName{"d", "t"}));
  EXPECT_EQ(ParseTableName("e.t", "d"), (TableName{"e", "t"}));
  for (const char* name : {"", ".", "a.", ".a", "a.b.c", "a "}) {
    EXPECT_FALSE(ParseTableName(name, "d").has_value()) << name;
  }
  EXPECT_FALSE(ParseTableName(std::string(65, 'a'), "d").has_value());
}

}  // namespace
}  // namespace oncegate::mysql
