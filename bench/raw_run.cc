#include "bench/raw_run.h"

#include <atomic>
#include <barrier>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace oncegate::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

}  // namespace

double RunRaw(const RawRun& run, const std::function<WriteGroup(std::uint32_t number)>& connect) {
  std::atomic<std::uint64_t> next_row{0};
  std::atomic<std::uint64_t> written{0};
  std::mutex mutex;  // Guards failure.
  std::exception_ptr failure;
  auto begun = SteadyClock::now();
  std::barrier connected(run.connections, [&begun]() noexcept { begun = SteadyClock::now(); });
  const auto keep_failure = [&] {
    const std::lock_guard lock(mutex);
    failure = std::current_exception();
  };
  const auto work = [&](std::uint32_t number) {
    WriteGroup write;
    try {
      write = connect(number);
    } catch (const std::exception&) {
      keep_failure();
      connected.arrive_and_drop();
      return;
    }
    connected.arrive_and_wait();
    try {
      while (SteadyClock::now() < begun + run.duration) {
        write(next_row.fetch_add(run.rows_per_group));
        written += run.rows_per_group;
      }
    } catch (const std::exception&) {
      keep_failure();
    }
  };
  std::vector<std::thread> threads;
  for (std::uint32_t c = 0; c < run.connections; ++c) threads.emplace_back(work, c);
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
  return static_cast<double>(written) /
         std::chrono::duration<double>(SteadyClock::now() - begun).count();
}

}  // namespace oncegate::bench
