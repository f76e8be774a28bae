// PostgresSessionTest: a session on a schema of its own, and a second way in by SQL.
#pragma once

#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "sinks/sink.h"
#include "tests/unit/sinks/conformance/session_steps.h"
#include "tests/unit/sinks/postgres/postgres_fixture.h"

namespace oncegate::postgres {

class PostgresSessionTest : public conformance::SessionSteps {
 protected:
  using Settings = std::map<std::string, std::string>;

  PostgresFixture& fixture() { return fixture_; }
  test::PostgresClient& client() { return fixture_.client(); }

  /// A session of a sink of its own. Throws if there is none.
  std::unique_ptr<SinkSession> Connect(Settings settings = {}) {
    return ConnectTo(fixture_.url(), std::move(settings));
  }
  std::unique_ptr<SinkSession> ConnectTo(const std::string& url, Settings settings = {}) {
    auto session = MakeSink(url, std::move(settings))->Connect();
    if (!session) throw std::runtime_error(session.error().message);
    return std::move(*session);
  }

  std::int64_t Rows(const std::string& table = "orders") {
    return fixture_.SqlCount("SELECT count(*) FROM " + table);
  }

 private:
  PostgresFixture fixture_;
};

}  // namespace oncegate::postgres
