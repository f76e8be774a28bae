#include "sinks/postgres/postgres_sink.h"

#include <utility>

#include "sinks/postgres/connection.h"
#include "sinks/postgres/ledger_schema.h"
#include "sinks/postgres/session.h"
#include "sinks/postgres/settings.h"

namespace oncegate {
namespace {

using postgres::PostgresSettings;

// One lane judges while the other one's transaction commits.
constexpr std::uint32_t kDefaultLanes = 2;

class PostgresSink : public Sink {
 public:
  explicit PostgresSink(PostgresSettings settings) : settings_(std::move(settings)) {}

  SinkResult<std::unique_ptr<SinkSession>> Connect() override {
    auto connection = postgres::Connection::Open(settings_);
    if (!connection) {
      SinkError error = postgres::ToSinkError(connection.error());
      error.error_class = SinkErrorClass::kConnection;
      return error;
    }
    const auto schema = postgres::EnsureLedgerTables(**connection, settings_.schema);
    if (!schema) return schema.error();
    return std::unique_ptr<SinkSession>(
        std::make_unique<postgres::PostgresSession>(std::move(*connection), *schema));
  }

  std::uint32_t DefaultLanes() const override { return kDefaultLanes; }

 private:
  const PostgresSettings settings_;
};

std::vector<OptionFault> CheckPostgres(const SinkOptions& options) {
  std::vector<OptionFault> faults;
  postgres::ReadSettings(options, &faults);
  return faults;
}

Result<std::unique_ptr<Sink>> MakePostgres(const SinkOptions& options) {
  std::vector<OptionFault> faults;
  PostgresSettings settings = postgres::ReadSettings(options, &faults);
  if (!faults.empty()) return Error{faults.front().key + " " + faults.front().message};
  return std::unique_ptr<Sink>(std::make_unique<PostgresSink>(std::move(settings)));
}

}  // namespace

const SinkType kPostgresSinkType{"postgres", &CheckPostgres, &MakePostgres, std::nullopt, true};

}  // namespace oncegate
