// MysqlSessionTest: a session on a database of its own, and a second way in by SQL.
#pragma once

#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "sinks/sink.h"
#include "tests/unit/sinks/conformance/session_steps.h"
#include "tests/unit/sinks/mysql/mysql_fixture.h"

namespace oncegate::mysql {

class MysqlSessionTest : public conformance::SessionSteps {
 protected:
  using Settings = std::map<std::string, std::string>;

  MysqlFixture& fixture() { return fixture_; }
  test::MariadbClient& client() { return fixture_.client(); }

  /// A session of a sink of its own. Throws if there is none.
  std::unique_ptr<SinkSession> Connect(Settings settings = {}) {
    return ConnectTo(fixture_.url(), std::move(settings));
  }
  std::unique_ptr<SinkSession> ConnectTo(const std::string& url, Settings settings = {}) {
    auto session = MakeSink(url, std::move(settings))->Connect();
    if (!session) throw std::runtime_error(session.error().message);
    return std::move(*session);
  }

  /// Begins a transaction that holds a row and a mark.
  void BeginGroup(SinkSession& session) {
    ASSERT_TRUE(session.EnsureStream(orders()).has_value());
    ASSERT_TRUE(session.Begin().has_value());
    std::vector<std::uint32_t> lost;
    ASSERT_TRUE(
        conformance::WriteMarksOn(session, {{.token = conformance::TokenOf(1)}}, kNow, &lost)
            .has_value());
    RowsOutcome outcome;
    ASSERT_TRUE(Write(session, orders(), {conformance::Upsert("k", "1")}, &outcome).has_value());
  }

  std::int64_t Rows(const std::string& table = "orders") {
    return fixture_.SqlCount("SELECT count(*) FROM " + table);
  }
  /// Transactions that wait for a row lock.
  std::int64_t Waiting() {
    return fixture_.SqlCount(
        "SELECT variable_value FROM information_schema.global_status WHERE variable_name = "
        "'INNODB_ROW_LOCK_CURRENT_WAITS'");
  }
  /// Sessions of sinks on this database.
  std::int64_t OpenSessions() {
    return fixture_.SqlCount(
        "SELECT count(*) FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND db = "
        "'" +
        fixture_.database() + "'");
  }
  void KillSessions() {
    for (const auto& row : client().Query("SELECT id FROM information_schema.processlist WHERE id "
                                          "<> CONNECTION_ID() AND db = '" +
                                          fixture_.database() + "'")) {
      client().Query("KILL CONNECTION " + *row[0]);
    }
  }

 private:
  MysqlFixture fixture_;
};

}  // namespace oncegate::mysql
