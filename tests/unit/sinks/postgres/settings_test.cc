#include "sinks/postgres/settings.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sinks/postgres/conninfo.h"
#include "sinks/postgres/postgres_sink.h"

namespace oncegate::postgres {
namespace {

using std::chrono::milliseconds;

constexpr char kUrl[] = "postgresql://someone:s3cret@db.example:5433/app";

SinkOptions Options(std::map<std::string, std::string> settings) {
  SinkOptions options;
  options.name = "main";
  options.type = "postgres";
  options.request_timeout = milliseconds(10'000);
  options.settings = std::move(settings);
  return options;
}

std::vector<std::string> FaultyKeys(std::map<std::string, std::string> settings) {
  std::vector<std::string> keys;
  for (const OptionFault& fault : kPostgresSinkType.check(Options(std::move(settings)))) {
    keys.push_back(fault.key);
    EXPECT_EQ(fault.message.find("s3cret"), std::string::npos);
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

Conninfo Connection(std::map<std::string, std::string> settings) {
  std::vector<OptionFault> faults;
  const PostgresSettings read = ReadSettings(Options(std::move(settings)), &faults);
  EXPECT_TRUE(faults.empty());
  return ParseConninfo(read.conninfo).value_or(Conninfo{});
}

using Keys = std::vector<std::string>;

TEST(PostgresSettings, AUrlIsAllThatIsNeeded) { EXPECT_EQ(FaultyKeys({{"url", kUrl}}), Keys{}); }

TEST(PostgresSettings, EveryFaultIsReportedAtOnce) {
  EXPECT_EQ(FaultyKeys({{"schema", "pg_catalog"},
                        {"lock_timeout", "soon"},
                        {"statement_timeout", "-1"},
                        {"usr", "x"}}),
            (Keys{"lock_timeout", "schema", "statement_timeout", "url", "usr"}));
}

TEST(PostgresSettings, AUrlThatCanNotBeReadIsToldWithoutItsText) {
  for (const std::string url :
       {"postgresql://someone:s3cret@[::1/db", "mysql://s3cret@host/db", "host='s3cret",
        "postgresql://someone:s3cret@host:port/db", "postgresql://someone:s3cret@host:70000/db",
        "postgresql://someone@host/db?s3cret=1", ""}) {
    EXPECT_EQ(FaultyKeys({{"url", url}}), Keys{"url"}) << url;
  }
}

TEST(PostgresSettings, KeywordStringsAndSeveralHostsAreUnderstood) {
  EXPECT_EQ(Connection({{"url", "host=db dbname=app password='a \\'b\\\\'"}})["password"],
            "a 'b\\");
  Conninfo several = Connection({{"url", "postgresql://a:1,b:2/app"}});
  EXPECT_EQ(several["port"], "1,2");
  EXPECT_EQ(several["target_session_attrs"], "read-write") << "a standby is passed over";
  EXPECT_FALSE(Connection({{"url", kUrl}}).contains("target_session_attrs"));
}

TEST(PostgresSettings, TheConnectionHasANameAnEncodingAndTimeouts) {
  Conninfo conninfo = Connection({{"url", kUrl}});
  EXPECT_EQ(conninfo["host"], "db.example");
  EXPECT_EQ(conninfo["password"], "s3cret");
  EXPECT_EQ(conninfo["application_name"], "oncegate");
  EXPECT_EQ(conninfo["client_encoding"], "UTF8");
  EXPECT_EQ(conninfo["connect_timeout"], "5");
  EXPECT_EQ(conninfo["tcp_user_timeout"], "10000");
  EXPECT_EQ(conninfo["keepalives_idle"], "5");
}

TEST(PostgresSettings, ASettingOverrulesTheUrlAndTheUrlOverrulesTheDefault) {
  const std::string url = std::string(kUrl) + "?connect_timeout=3&client_encoding=LATIN1";
  EXPECT_EQ(Connection({{"url", url}})["connect_timeout"], "3");
  EXPECT_EQ(Connection({{"url", url}, {"connect_timeout", "7000"}})["connect_timeout"], "7");
  EXPECT_EQ(Connection({{"url", url}})["client_encoding"], "UTF8") << "never another";
}

TEST(PostgresSettings, TimeoutsFollowTheRequestTimeout) {
  for (const int request_ms : {0, 300, 10'000, 120'000}) {
    SinkOptions options = Options({{"url", kUrl}});
    options.request_timeout = milliseconds(request_ms);
    std::vector<OptionFault> faults;
    const PostgresSettings settings = ReadSettings(options, &faults);
    EXPECT_TRUE(faults.empty()) << request_ms;
    const milliseconds request(request_ms == 0 ? 10'000 : request_ms);
    EXPECT_LT(settings.idle_in_transaction_session_timeout, settings.lock_timeout)
        << "who waits for a paused instance outlasts it";
    EXPECT_LT(settings.lock_timeout, settings.statement_timeout);
    EXPECT_LE(settings.statement_timeout, request);
    EXPECT_GT(settings.answer_timeout, settings.statement_timeout);
  }
}

TEST(PostgresSettings, ATransactionMayNotIdleForAsLongAsARequestMayTake) {
  EXPECT_EQ(FaultyKeys({{"url", kUrl}, {"idle_in_transaction_session_timeout", "10000"}}),
            Keys{"idle_in_transaction_session_timeout"});
  EXPECT_EQ(FaultyKeys({{"url", kUrl}, {"idle_in_transaction_session_timeout", "9999"}}), Keys{});
}

TEST(PostgresSettings, ALockIsNotAwaitedLongerThanAStatementMayTake) {
  EXPECT_EQ(FaultyKeys({{"url", kUrl}, {"statement_timeout", "500"}, {"lock_timeout", "501"}}),
            Keys{"lock_timeout"});
}

}  // namespace
}  // namespace oncegate::postgres
