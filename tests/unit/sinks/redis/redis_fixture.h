// RedisFixture: the conformance fixture on the only database of a server that the test program
// shares; it is emptied for each fixture.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "sinks/sink.h"
#include "tests/support/redis_client.h"
#include "tests/support/redis_server.h"
#include "tests/unit/sinks/conformance/sink_fixture.h"

namespace oncegate::redis {

/// The server of the test program; starts with the first call.
test::RedisServer& SharedServer();

/// A sink on the database that `url` names. `settings` are further settings of the sink.
std::unique_ptr<Sink> MakeSink(const std::string& url,
                               std::map<std::string, std::string> settings = {});

class RedisFixture final : public conformance::SinkFixture {
 public:
  explicit RedisFixture(std::string format = "json");

  test::RedisClient& client() { return client_; }
  const std::string& format() const { return format_; }

  std::unique_ptr<Sink> NewSink() override;
  bool SpeaksSql() const override { return false; }
  bool TakesAppend() const override { return false; }
  bool RefusesValues() const override { return false; }
  bool LocksWhatItReads() const override { return false; }
  bool KeepsIdAndEventTime() const override { return format_ == "hash"; }
  std::int64_t RowCount(const std::string& table) override;
  std::int64_t MarkCount() override;
  void LoseMarks() override;
  std::string NameOfTheLedger() const override { return "oncegate"; }
  std::optional<conformance::TableRow> StoredRow(const std::string& table,
                                                 const std::string& key) override;

  // Of SQL databases only: they throw.
  void Execute(const std::string& sql) override;
  std::int64_t SqlCount(const std::string& query) override;
  void RefuseMarkedValues(const std::string& table) override;
  void AcceptMarkedValues(const std::string& table) override;

 private:
  const std::string format_;
  test::RedisClient client_;
};

}  // namespace oncegate::redis
