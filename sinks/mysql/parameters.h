// Parameters: the values that travel with a prepared statement, in its order. Pure. Bytes are not
// copied: they have to stay as long as the object is used.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dedupe/types/identity.h"

namespace oncegate::mysql {

enum class ParameterKind : std::uint8_t {
  kBytes,  // Compared and stored byte by byte.
  kText,   // utf8mb4.
  kInteger,
  kTime,
};

struct Parameter {
  ParameterKind kind = ParameterKind::kBytes;
  bool is_null = false;
  std::int64_t number = 0;  // Of kInteger; microseconds since 1970 of kTime.
  std::string_view bytes;   // Of kBytes and kText.
};

class Parameters {
 public:
  void AddBytes(std::string_view bytes) { Add({ParameterKind::kBytes, false, 0, bytes}); }
  void AddText(std::string_view text) { Add({ParameterKind::kText, false, 0, text}); }
  void AddInteger(std::int64_t number) { Add({ParameterKind::kInteger, false, number, {}}); }
  void AddTime(WallTime time) { Add({ParameterKind::kTime, false, time.microseconds, {}}); }
  void AddNull(ParameterKind kind) { Add({kind, true, 0, {}}); }
  /// NULL where there are none.
  void AddBytesOrNull(std::string_view bytes) {
    Add({ParameterKind::kBytes, bytes.empty(), 0, bytes});
  }
  /// Kept by this object.
  void AddOwnBytes(std::string bytes) { AddBytes(kept_.emplace_back(std::move(bytes))); }
  /// Decimal digits, kept by this object.
  void AddVersion(const std::optional<Version>& version);

  const std::vector<Parameter>& all() const { return parameters_; }

 private:
  void Add(const Parameter& parameter) { parameters_.push_back(parameter); }

  std::vector<Parameter> parameters_;
  std::deque<std::string> kept_;  // A deque: its strings do not move.
};

}  // namespace oncegate::mysql
