#include "sinks/sqlite/sqlite_sink.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "sinks/common/options.h"
#include "sinks/sqlite/connection.h"
#include "sinks/sqlite/session.h"

namespace oncegate {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kDefaultPath = "sink.sqlite";
constexpr milliseconds kBusyTimeoutDefault{2'000};

class SqliteSink final : public Sink {
 public:
  explicit SqliteSink(sqlite::ConnectionSettings settings) : settings_(std::move(settings)) {}

  SinkResult<std::unique_ptr<SinkSession>> Connect() override {
    SinkResult<std::shared_ptr<sqlite::SessionSlot>> slot = sessions_.Open(settings_);
    if (!slot) return slot.error();
    return std::make_unique<sqlite::SqliteSession>(std::move(*slot));
  }

  // SQLite has one writer; further lanes would wait for it.
  std::uint32_t DefaultLanes() const override { return 1; }

 private:
  const sqlite::ConnectionSettings settings_;
  sqlite::OpenSessions sessions_;
};

milliseconds BusyTimeout(const SinkOptions& options, std::vector<OptionFault>* faults) {
  // Longer waits would outlive the requests that wait.
  const milliseconds most = std::max(options.request_timeout, milliseconds{1});
  const milliseconds fallback = std::clamp(most / 2, milliseconds{1}, kBusyTimeoutDefault);
  return DurationSetting(options, "busy_timeout", {milliseconds{1}, most}, fallback, faults);
}

std::vector<OptionFault> Check(const SinkOptions& options) {
  std::vector<OptionFault> faults;
  CheckKnownSettings(options, {"path", "busy_timeout"}, &faults);
  const std::string_view path = FindSetting(options, "path").value_or(kDefaultPath);
  if (path.empty()) {
    faults.push_back({"path", "must not be empty; leave it out for \"sink.sqlite\" in data_dir"});
  } else if (path == ":memory:" || path.starts_with("file:")) {
    faults.push_back({"path", "must be the path of a file; what is settled has to be on disk"});
  } else if (path.find('\0') != std::string_view::npos) {
    faults.push_back({"path", "must not hold a NUL character"});
  }
  BusyTimeout(options, &faults);
  return faults;
}

Result<std::unique_ptr<Sink>> Make(const SinkOptions& options) {
  const std::filesystem::path path(FindSetting(options, "path").value_or(kDefaultPath));
  std::error_code error;
  sqlite::ConnectionSettings settings;
  settings.path = std::filesystem::absolute(options.data_dir / path, error);
  if (error) {
    return Error{"sink \"" + options.name + "\": can not resolve its path: " + error.message()};
  }
  std::vector<OptionFault> faults;
  settings.busy_timeout = BusyTimeout(options, &faults);
  return std::unique_ptr<Sink>(std::make_unique<SqliteSink>(std::move(settings)));
}

}  // namespace

const SinkType kSqliteSinkType{"sqlite", &Check, &Make, std::nullopt, true};

}  // namespace oncegate
