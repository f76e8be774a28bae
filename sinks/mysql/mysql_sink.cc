#include "sinks/mysql/mysql_sink.h"

#include <utility>

#include "sinks/mysql/connection.h"
#include "sinks/mysql/ledger_schema.h"
#include "sinks/mysql/session.h"
#include "sinks/mysql/settings.h"

namespace oncegate {
namespace {

using mysql::MysqlSettings;

// One lane judges while the other one's transaction commits.
constexpr std::uint32_t kDefaultLanes = 2;

class MysqlSink : public Sink {
 public:
  explicit MysqlSink(MysqlSettings settings) : settings_(std::move(settings)) {}

  SinkResult<std::unique_ptr<SinkSession>> Connect() override {
    auto connection = mysql::Connection::Open(settings_);
    if (!connection) {
      SinkError error = mysql::ToSinkError(connection.error());
      error.error_class = SinkErrorClass::kConnection;
      return error;
    }
    if (const SinkStatus ready = mysql::EnsureLedgerTables(**connection); !ready) {
      return ready.error();
    }
    return std::unique_ptr<SinkSession>(
        std::make_unique<mysql::MysqlSession>(std::move(*connection)));
  }

  std::uint32_t DefaultLanes() const override { return kDefaultLanes; }

 private:
  const MysqlSettings settings_;
};

std::vector<OptionFault> CheckMysql(const SinkOptions& options) {
  std::vector<OptionFault> faults;
  mysql::ReadSettings(options, &faults);
  return faults;
}

Result<std::unique_ptr<Sink>> MakeMysql(const SinkOptions& options) {
  std::vector<OptionFault> faults;
  MysqlSettings settings = mysql::ReadSettings(options, &faults);
  if (!faults.empty()) return Error{faults.front().key + " " + faults.front().message};
  return std::unique_ptr<Sink>(std::make_unique<MysqlSink>(std::move(settings)));
}

}  // namespace

const SinkType kMysqlSinkType{"mysql", &CheckMysql, &MakeMysql, std::nullopt, true};

}  // namespace oncegate
