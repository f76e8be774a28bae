// The registry: every sink type, one line each, in registry.cc.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dedupe/types/result.h"
#include "sinks/sink.h"

namespace oncegate {

/// Settings of one [sinks.NAME] table without `type` and `lanes`; values as text, durations in
/// milliseconds.
struct SinkOptions {
  std::string name;
  std::string type;
  std::filesystem::path data_dir;               // Relative paths are relative to it.
  std::chrono::milliseconds request_timeout{};  // The longest of the sink's streams.
  std::map<std::string, std::string> settings;
};

struct OptionFault {
  std::string key;
  std::string message;  // What is wrong and what to do.
};

struct SinkType {
  std::string_view name;
  /// Every fault at once; touches neither disk nor network.
  std::vector<OptionFault> (*check)(const SinkOptions& options);
  /// Precondition: check found nothing. Does not connect.
  Result<std::unique_ptr<Sink>> (*make)(const SinkOptions& options);
  /// The one target that it has, which its streams then have by default; empty: those of a table.
  std::optional<TargetKind> only_target = std::nullopt;
  bool has_columns = false;  // It has the columns target.
  /// Whether it learns of refusals only after the events were settled: its streams then need
  /// on_reject = "dead_letter".
  bool needs_dead_letters = false;
  /// What is wrong with the name of a stream's table; empty if nothing is. Null: a table is one of
  /// a database.
  std::string (*table_fault)(std::string_view table) = nullptr;
};

/// Null if there is no such type.
const SinkType* FindSinkType(std::string_view name);
/// Names of all types, for messages.
std::vector<std::string_view> SinkTypeNames();

}  // namespace oncegate
