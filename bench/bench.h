// Bench: what all measurements share: the settings, the results, one throwaway Postgres, a folder.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "bench/results.h"
#include "tests/support/postgres_server.h"

namespace oncegate::bench {

struct Settings {
  std::string binary;                     // Of the service.
  std::chrono::milliseconds round{3000};  // Of one contestant.
  /// The same along the axis of a plot, of which there are many.
  std::chrono::milliseconds sweep_round{2000};
  std::uint32_t rounds = 3;
  std::uint32_t lanes = 2;  // Of the Postgres sink.
};

class Bench {
 public:
  explicit Bench(const Settings& settings);
  ~Bench();
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  const Settings& settings() const { return settings_; }
  Results& results() { return results_; }
  /// Started by the first call.
  test::PostgresServer& postgres();
  /// The parent of all processes of the server.
  pid_t postgres_process();
  std::filesystem::path NewFolder();
  /// The first row of a load that has 2^32 of them for itself.
  std::uint64_t NewRows() { return ++loads_ << 32; }

 private:
  const Settings settings_;
  Results results_;
  std::filesystem::path folder_;
  std::unique_ptr<test::PostgresServer> postgres_;
  std::uint64_t loads_ = 0;
  std::uint32_t folders_ = 0;
};

}  // namespace oncegate::bench
