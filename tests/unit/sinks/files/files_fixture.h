// Sinks on a folder of the test, and FilesFixture: the conformance fixture on such a folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "tests/support/temporary_folder.h"
#include "tests/unit/sinks/conformance/sink_fixture.h"

namespace oncegate::files {

using SettingMap = std::map<std::string, std::string>;

/// A sink on the folder, with further settings as text.
std::unique_ptr<Sink> MakeSink(const std::filesystem::path& lake, SettingMap settings = {});

class FilesFixture final : public conformance::SinkFixture {
 public:
  FilesFixture();

  /// All of them share one sink: a second one on the folder would be refused.
  std::unique_ptr<Sink> NewSink() override;
  /// On the manifest.
  void Execute(const std::string& sql) override;
  std::int64_t SqlCount(const std::string& query) override;
  std::optional<conformance::TableRow> StoredRow(const std::string& table,
                                                 const std::string& key) override;
  [[noreturn]] void RefuseMarkedValues(const std::string& table) override;
  [[noreturn]] void AcceptMarkedValues(const std::string& table) override;
  std::string WhyNot(const ::testing::TestInfo& test) const override;

 private:
  test::TemporaryFolder folder_;
  std::shared_ptr<Sink> sink_;
};

}  // namespace oncegate::files
