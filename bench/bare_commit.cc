#include "bench/bare_commit.h"

#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <pqxx/pqxx>
#include <thread>

#include "server/load/rows.h"

namespace oncegate::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr const char* kTable =
    "DROP TABLE IF EXISTS bare_rows;"
    "CREATE TABLE bare_rows (key text COLLATE \"C\" PRIMARY KEY, value jsonb, producer text,"
    " epoch bigint, seq bigint, id text, version numeric, event_time timestamptz,"
    " deleted boolean NOT NULL, applied_at timestamptz NOT NULL)";

constexpr const char* kUpsert =
    "INSERT INTO bare_rows (key, value, producer, epoch, seq, deleted, applied_at)"
    " VALUES ($1, $2::text::jsonb, 'bare', 0, $3, false, now()) ON CONFLICT (key) DO UPDATE SET"
    " value = excluded.value, seq = excluded.seq, applied_at = excluded.applied_at";

class Client {
 public:
  explicit Client(const std::string& url) : connection_(url) {
    connection_.prepare("upsert", kUpsert);
    pqxx::nontransaction(connection_).exec("SET synchronous_commit = on");
  }

  void Commit(std::uint64_t row) {
    pqxx::work work(connection_);
    work.exec_prepared0("upsert", RowKey(row), RowValue(row), row);
    work.commit();
  }

 private:
  pqxx::connection connection_;
};

double MillisecondsSince(SteadyClock::time_point time) {
  return std::chrono::duration<double, std::milli>(SteadyClock::now() - time).count();
}

}  // namespace

std::vector<double> RunBareCommits(const std::string& url, std::chrono::milliseconds duration) {
  {
    pqxx::connection connection(url);
    pqxx::nontransaction(connection).exec(kTable);
  }
  Client client(url);
  std::vector<double> latencies_ms;
  const auto end = SteadyClock::now() + duration;
  while (SteadyClock::now() < end) {
    const auto begun = SteadyClock::now();
    client.Commit(latencies_ms.size());
    latencies_ms.push_back(MillisecondsSince(begun));
  }
  return latencies_ms;
}

std::vector<double> RunPacedCommits(const std::string& url, std::uint32_t clients,
                                    double commits_per_second, std::chrono::milliseconds duration) {
  std::mutex mutex;  // Guards latencies_ms and failure.
  std::vector<double> latencies_ms;
  std::exception_ptr failure;
  std::atomic<std::uint64_t> next{0};
  std::vector<std::unique_ptr<Client>> connected;
  for (std::uint32_t c = 0; c < clients; ++c) connected.push_back(std::make_unique<Client>(url));
  const auto begun = SteadyClock::now();
  const auto run = [&](Client* client) {
    try {
      std::vector<double> own;
      for (;;) {
        const std::uint64_t number = next++;
        const auto due =
            begun +
            std::chrono::duration_cast<std::chrono::nanoseconds>(
                std::chrono::duration<double>(static_cast<double>(number) / commits_per_second));
        if (due >= begun + duration || SteadyClock::now() >= begun + 2 * duration) break;
        std::this_thread::sleep_until(due);
        // Other rows than those of RunBareCommits.
        client->Commit((std::uint64_t{1} << 40) + number);
        own.push_back(MillisecondsSince(due));
      }
      const std::lock_guard lock(mutex);
      latencies_ms.insert(latencies_ms.end(), own.begin(), own.end());
    } catch (const std::exception&) {
      const std::lock_guard lock(mutex);
      failure = std::current_exception();
    }
  };
  std::vector<std::thread> threads;
  for (const auto& client : connected) threads.emplace_back(run, client.get());
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
  return latencies_ms;
}

}  // namespace oncegate::bench
