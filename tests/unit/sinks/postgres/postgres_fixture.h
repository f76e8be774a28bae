// PostgresFixture: the conformance fixture on a schema of its own (made and dropped much faster
// than a database); the server is shared by the test program.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "sinks/sink.h"
#include "tests/support/postgres_client.h"
#include "tests/support/postgres_server.h"
#include "tests/unit/sinks/conformance/sink_fixture.h"

namespace oncegate::postgres {

/// The server of the test program; starts with the first call.
test::PostgresServer& SharedServer();

/// A sink on the database that `url` names. `settings` are further settings of the sink.
std::unique_ptr<Sink> MakeSink(const std::string& url,
                               std::map<std::string, std::string> settings = {});

class PostgresFixture final : public conformance::SinkFixture {
 public:
  PostgresFixture();
  ~PostgresFixture() override;

  /// Its search path is the fixture's schema alone.
  std::string url() const;
  const std::string& schema() const { return schema_; }
  test::PostgresClient& client() { return *client_; }
  /// After a restart of the server.
  void Reconnect();

  std::unique_ptr<Sink> NewSink() override;
  void Execute(const std::string& sql) override;
  std::int64_t SqlCount(const std::string& query) override;
  std::optional<conformance::TableRow> StoredRow(const std::string& table,
                                                 const std::string& key) override;
  void RefuseMarkedValues(const std::string& table) override;
  void AcceptMarkedValues(const std::string& table) override;
  std::optional<std::string> NumberBeyondTheSink() const override { return "1e200000"; }

 private:
  std::string schema_;
  std::unique_ptr<test::PostgresClient> client_;
};

}  // namespace oncegate::postgres
