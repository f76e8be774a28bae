// RedisSessionTest: sessions on the shared server, and a second way in beside them.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "sinks/sink.h"
#include "tests/unit/sinks/conformance/records.h"
#include "tests/unit/sinks/redis/redis_fixture.h"

namespace oncegate::redis {

class RedisSessionTest : public ::testing::Test {
 protected:
  using Settings = std::map<std::string, std::string>;

  test::RedisClient& client() { return fixture_.client(); }

  /// A session of a sink of its own. Throws if there is none.
  static std::unique_ptr<SinkSession> Connect(Settings settings = {}) {
    return ConnectTo(SharedServer().Url(), std::move(settings));
  }
  static std::unique_ptr<SinkSession> ConnectTo(const std::string& url, Settings settings = {}) {
    auto session = MakeSink(url, std::move(settings))->Connect();
    if (!session) throw std::runtime_error(session.error().message);
    return std::move(*session);
  }

  /// UpsertRows within the open transaction.
  static SinkStatus Write(SinkSession& session, const StreamTarget& target,
                          const std::vector<conformance::Record>& records, RowsOutcome* outcome) {
    std::vector<Event> events;
    for (const conformance::Record& record : records) events.push_back(record.View());
    std::vector<const Event*> rows;
    for (const Event& event : events) rows.push_back(&event);
    return session.UpsertRows(target, rows, kNow, outcome);
  }

  /// Begin, a mark of producer p and rows; what Commit said.
  static CommitOutcome WriteGroup(SinkSession& session, std::optional<Token> expected, Token token,
                                  const std::vector<conformance::Record>& records) {
    RowsOutcome outcome;
    EXPECT_TRUE(session.Begin().has_value());
    EXPECT_TRUE(
        conformance::WriteMarksOn(session, {{.expected = expected, .token = token}}, kNow, nullptr)
            .has_value());
    const SinkStatus written = Write(session, orders(), records, &outcome);
    EXPECT_TRUE(written.has_value()) << written.error().message;
    EXPECT_TRUE(outcome.bad.empty());
    return session.Commit();
  }

  static LedgerRow ReadMark(SinkSession& session, bool lock = false) {
    std::vector<LedgerRow> rows;
    const LedgerRequest request{.key = {"orders", "p"}, .lock = lock};
    EXPECT_TRUE(session.Begin().has_value());
    EXPECT_TRUE(session.ReadLedger({&request, 1}, &rows).has_value());
    session.Rollback();
    return rows.at(0);
  }

  static const StreamTarget& orders() {
    static const StreamTarget target = conformance::Target("orders");
    return target;
  }

  static constexpr WallTime kNow{1'769'860'800'000'000};

 private:
  RedisFixture fixture_;
};

}  // namespace oncegate::redis
