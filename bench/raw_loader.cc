#include "bench/raw_loader.h"

#include <memory>
#include <pqxx/pqxx>
#include <pqxx/stream_to>
#include <vector>

#include "server/load/rows.h"

namespace oncegate::bench {
namespace {

constexpr const char* kTables =
    "DROP TABLE IF EXISTS raw_rows, raw_ledger;"
    "CREATE TABLE raw_rows (key text COLLATE \"C\" PRIMARY KEY, value jsonb, producer text,"
    " epoch bigint, seq bigint, id text, version numeric, event_time timestamptz,"
    " deleted boolean NOT NULL, applied_at timestamptz NOT NULL);"
    "CREATE TABLE raw_ledger (producer text PRIMARY KEY, state bytea, token bytea)"
    " WITH (fillfactor = 50)";

constexpr const char* kMerge =
    "INSERT INTO raw_rows SELECT key, value, producer, 0, seq, NULL, NULL, NULL, false, now()"
    " FROM staged ORDER BY key COLLATE \"C\" ON CONFLICT (key) DO UPDATE SET"
    " value = excluded.value, producer = excluded.producer, seq = excluded.seq,"
    " applied_at = excluded.applied_at";

void LoadGroup(pqxx::connection* connection, const std::string& producer, std::uint64_t first_row,
               std::uint32_t rows) {
  pqxx::work work(*connection);
  {
    pqxx::stream_to copy(work, "staged",
                         std::vector<std::string>{"key", "value", "producer", "seq"});
    for (std::uint64_t row = first_row; row < first_row + rows; ++row) {
      copy << std::make_tuple(RowKey(row), RowValue(row), producer, row);
    }
    copy.complete();
  }
  work.exec0(kMerge);
  work.exec_params0(
      "INSERT INTO raw_ledger VALUES ($1, $2::text::bytea, $2::text::bytea)"
      " ON CONFLICT (producer) DO UPDATE SET state = excluded.state, token = excluded.token",
      producer, std::to_string(first_row));
  work.commit();
}

}  // namespace

double RunRawLoader(const std::string& url, const RawRun& run) {
  {
    pqxx::connection connection(url);
    pqxx::work work(connection);
    work.exec(kTables);
    work.commit();
  }
  return RunRaw(run, [&](std::uint32_t number) -> WriteGroup {
    const auto connection = std::make_shared<pqxx::connection>(url);
    pqxx::nontransaction(*connection)
        .exec(
            "CREATE TEMPORARY TABLE staged (key text, value jsonb, producer text, seq bigint)"
            " ON COMMIT DELETE ROWS");
    return [connection, producer = "raw-" + std::to_string(number), rows = run.rows_per_group](
               std::uint64_t first_row) { LoadGroup(connection.get(), producer, first_row, rows); };
  });
}

}  // namespace oncegate::bench
