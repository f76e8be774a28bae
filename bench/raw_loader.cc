#include "bench/raw_loader.h"

#include <atomic>
#include <exception>
#include <pqxx/pqxx>
#include <pqxx/stream_to>
#include <thread>
#include <vector>

#include "server/load/rows.h"

namespace oncegate::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

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

double RunRawLoader(const RawLoad& load) {
  {
    pqxx::connection connection(load.url);
    pqxx::work work(connection);
    work.exec(kTables);
    work.commit();
  }
  std::atomic<std::uint64_t> next_row{0};
  std::atomic<std::uint64_t> committed{0};
  std::exception_ptr failure;
  const auto begun = SteadyClock::now();
  const auto run = [&](std::uint32_t number) {
    try {
      pqxx::connection connection(load.url);
      pqxx::nontransaction(connection)
          .exec(
              "CREATE TEMPORARY TABLE staged (key text, value jsonb, producer text, seq bigint)"
              " ON COMMIT DELETE ROWS");
      while (SteadyClock::now() < begun + load.duration) {
        LoadGroup(&connection, "raw-" + std::to_string(number),
                  next_row.fetch_add(load.rows_per_transaction), load.rows_per_transaction);
        committed += load.rows_per_transaction;
      }
    } catch (const std::exception&) {
      failure = std::current_exception();
    }
  };
  std::vector<std::thread> threads;
  for (std::uint32_t c = 0; c < load.connections; ++c) threads.emplace_back(run, c);
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
  return static_cast<double>(committed) /
         std::chrono::duration<double>(SteadyClock::now() - begun).count();
}

}  // namespace oncegate::bench
