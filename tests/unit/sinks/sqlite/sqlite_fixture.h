// SqliteFixture: the conformance fixture on a file of its own.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "tests/unit/sinks/conformance/sink_fixture.h"
#include "tests/unit/sinks/sqlite/plain_database.h"
#include "tests/unit/sinks/sqlite/scratch_folder.h"

namespace oncegate::sqlite {

/// A sink on `data_dir`/sink.sqlite.
std::unique_ptr<Sink> MakeSink(const std::filesystem::path& data_dir);

class SqliteFixture final : public conformance::SinkFixture {
 public:
  std::unique_ptr<Sink> NewSink() override;
  void Execute(const std::string& sql) override;
  std::int64_t SqlCount(const std::string& query) override;
  std::optional<conformance::TableRow> StoredRow(const std::string& table,
                                                 const std::string& key) override;
  void RefuseMarkedValues(const std::string& table) override;
  void AcceptMarkedValues(const std::string& table) override;

 private:
  PlainDatabase& database();

  ScratchFolder folder_;
  std::unique_ptr<PlainDatabase> database_;
};

}  // namespace oncegate::sqlite
