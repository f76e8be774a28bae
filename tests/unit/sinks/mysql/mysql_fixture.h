// MysqlFixture: the conformance fixture on a database of its own; the server is shared by the test
// program.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "sinks/sink.h"
#include "tests/support/mariadb_client.h"
#include "tests/support/mariadb_server.h"
#include "tests/unit/sinks/conformance/sink_fixture.h"

namespace oncegate::mysql {

/// The server of the test program; starts with the first call.
test::MariadbServer& SharedServer();

/// A sink on the database that `url` names. `settings` are further settings of the sink.
std::unique_ptr<Sink> MakeSink(const std::string& url,
                               std::map<std::string, std::string> settings = {});

class MysqlFixture final : public conformance::SinkFixture {
 public:
  MysqlFixture();
  ~MysqlFixture() override;

  std::string url() const { return SharedServer().Url(database_); }
  const std::string& database() const { return database_; }
  test::MariadbClient& client() { return *client_; }
  /// After a restart of the server.
  void Reconnect();

  std::unique_ptr<Sink> NewSink() override { return MakeSink(url()); }
  /// The shared lock that a duplicate leaves becomes an exclusive one behind whoever waits for it.
  bool StartsOverOnInsert() const override { return true; }
  std::string KeyText() const override {
    return "VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
  }
  void Execute(const std::string& sql) override { client_->Query(sql); }
  std::int64_t SqlCount(const std::string& query) override;
  std::optional<conformance::TableRow> StoredRow(const std::string& table,
                                                 const std::string& key) override;
  void RefuseMarkedValues(const std::string& table) override;
  void AcceptMarkedValues(const std::string& table) override;

 private:
  std::string database_;
  std::unique_ptr<test::MariadbClient> client_;
};

}  // namespace oncegate::mysql
