// The commands of the program as plain values: what the command line said, with defaults.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/config/load.h"

namespace oncegate {

struct ServeCommand {
  std::optional<std::filesystem::path> config;
  std::vector<FlagSetting> flags;
};

struct CheckConfigCommand {
  std::optional<std::filesystem::path> config;
  std::vector<FlagSetting> flags;
};

struct VersionCommand {};

enum class ProgressMode : std::uint8_t { kAuto, kAlways, kNever };

struct SendCommand {
  std::string stream;
  std::string file = "-";  // "-": standard input.
  std::string url = "http://127.0.0.1:8080";
  std::string producer;                  // Empty: the records say it, or need none.
  std::optional<std::int64_t> epoch;     // Absent: the producer's current one.
  std::int64_t first_sequence = 0;       // Of the first record of the file.
  std::uint32_t batch_records = 500;     // Records per request.
  std::uint32_t producers = 1;           // Contiguous slices of the file, each its own producer.
  std::uint32_t connections = 1;         // Per producer; 1 keeps the order.
  std::uint32_t copies = 1;              // How often every batch is sent.
  std::optional<std::uint64_t> shuffle;  // Seed; absent: in order.
  bool resume = true;                    // Ask where the producer is and go on there.
  std::chrono::milliseconds retry_for{600'000};  // Per batch, since its first attempt.
  std::chrono::milliseconds timeout{60'000};     // Per request.
  ProgressMode progress = ProgressMode::kAuto;
};

struct ProducersCommand {
  std::string stream;
  std::string prefix;
  std::string ops_url = "http://127.0.0.1:8081";
  bool json = false;
};

struct PurgeCommand {
  std::string stream;
  std::optional<std::string> producer;
  std::optional<std::string> producer_prefix;
  std::optional<std::string> idle_longer_than;
  std::optional<std::string> ids_older_than;
  std::optional<std::int64_t> through_sequence;
  std::string mode = "seal";
  bool confirmed = false;  // False: only shows the plan.
  std::string ops_url = "http://127.0.0.1:8081";
};

enum class DeadLettersAction : std::uint8_t { kList, kReplay, kDiscard };

/// Letters of one stream, or those of `ids`; a list may be of all streams.
struct DeadLettersCommand {
  DeadLettersAction action = DeadLettersAction::kList;
  std::string stream;
  std::vector<std::string> ids;
  bool json = false;       // Of a list.
  bool confirmed = false;  // False: only shows the plan.
  std::string ops_url = "http://127.0.0.1:8081";
};

struct BenchCommand {
  std::string stream = "bench";
  std::string url = "http://127.0.0.1:8080";
  std::uint32_t connections = 8;
  std::uint32_t batch_records = 500;  // Records per request.
  std::uint32_t producers = 8;
  std::chrono::milliseconds duration{5'000};  // Of each of the two phases.
};

struct RebuildIndexCommand {
  std::optional<std::filesystem::path> config;
  std::vector<FlagSetting> flags;
};

using Command =
    std::variant<ServeCommand, CheckConfigCommand, VersionCommand, SendCommand, ProducersCommand,
                 PurgeCommand, DeadLettersCommand, BenchCommand, RebuildIndexCommand>;

/// Exit statuses of the program.
inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;

}  // namespace oncegate
