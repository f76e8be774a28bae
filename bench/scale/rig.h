// What the parts of oncegate_scale share: numbered names, a clock, memory, and the lines they
// print.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "dedupe/store/leveldb_store.h"

namespace oncegate::scale {

struct Settings {
  std::filesystem::path directory;
  bool keep = false;  // Large stores are left behind, and used if they are there.
  std::uint64_t producers = 10'000'000;
  std::uint64_t ids = 50'000'000;
  std::uint64_t expiring = 10'000'000;  // Ids that a sweep removes.
  std::uint64_t lookups = 1'000'000;    // Of each kind of reading.
  std::uint64_t hot_rounds = 50'000;
};

inline constexpr std::string_view kStream = "orders";
inline constexpr std::uint64_t kGroupEvents = 500;

/// A bijective mix of 64 bits, for what should look random and be the same in every run.
std::uint64_t Mix(std::uint64_t number);
Fingerprint FingerprintOf(std::uint64_t number);

/// In the order of `number`.
std::string ProducerName(std::uint64_t number);
IndexedProducer ProducerEntry(std::uint64_t number, std::int64_t last_sequence);

/// 24 random characters, in the order of `number` among `count` of them; ids of another `series`
/// lie between them and are equal to none.
std::string IdName(std::uint64_t number, std::uint64_t count, std::uint64_t series);

/// Ends the process if the store can not be opened; likewise the two below.
std::unique_ptr<LevelDbStore> OpenStore(const std::filesystem::path& directory);
void MustWrite(LevelDbStore* store, const IndexUpdate& update);
void Must(const Status& status);

class Stopwatch {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
  }

 private:
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

/// Processor time of the calling thread: what the caller pays, without compactions beside it and
/// without waiting for other work of the machine.
double ThreadCpuSeconds();

/// Prints one aligned line at once.
void Print(const std::string& name, double figure, const std::string& unit);
/// Resident memory of this process: all of it, and without the pages of files.
void PrintMemory(const std::string& name);

/// Runs `phase` in a process of its own, so that memory that another phase left behind does not
/// count. Precondition: no store was opened in this process.
void RunApart(const std::function<void()>& phase);

}  // namespace oncegate::scale
