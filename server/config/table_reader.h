// TableReader: reads one table of the setting tree by name and type. What is absent keeps its
// default, what is wrong becomes a fault and keeps its default too, so that one pass finds every
// fault.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/config/fault.h"
#include "server/config/setting_tree.h"

namespace oncegate {

struct IntegerBounds {
  std::int64_t min = 0;
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

class TableReader {
 public:
  /// `table` null: the table is absent, everything keeps its default. `path` is its dotted name.
  TableReader(const SettingNode* table, std::string path, std::vector<ConfigFault>* faults);

  void Text(std::string_view key, std::string* value);
  void Flag(std::string_view key, bool* value);
  /// An array of texts; in the environment and in flags, texts between commas.
  void List(std::string_view key, std::vector<std::string>* values);
  template <std::integral T>
  void Integer(std::string_view key, IntegerBounds bounds, T* value) {
    if (const auto number = ReadInteger(key, bounds)) *value = static_cast<T>(*number);
  }
  /// Not below `min`, and a multiple of the value's own unit.
  template <typename Rep, typename Period>
  void Duration(std::string_view key, std::chrono::duration<Rep, Period>* value) {
    using Target = std::chrono::duration<Rep, Period>;
    if (const auto duration = ReadDuration(key, Target(1))) {
      *value = std::chrono::duration_cast<Target>(*duration);
    }
  }
  /// True if the value is present and one of `choices`; anything else present is a fault.
  bool Choice(std::string_view key, std::span<const std::string_view> choices, std::string* value);
  /// A table within this one; null if absent or no table (a fault).
  const SettingNode* Table(std::string_view key);

  /// Null if absent.
  const SettingNode* Find(std::string_view key);
  bool Has(std::string_view key) const;
  /// A fault at the key where it is written, else at the table.
  void AddFault(std::string_view key, std::string message);
  /// Every child that none of the calls above asked for is a fault.
  void RejectUnknown();

 private:
  std::optional<std::int64_t> ReadInteger(std::string_view key, IntegerBounds bounds);
  std::optional<std::chrono::milliseconds> ReadDuration(std::string_view key,
                                                        std::chrono::milliseconds unit);
  std::optional<std::string> ReadText(std::string_view key, std::string_view example);

  const SettingNode* table_;
  std::string path_;
  std::vector<ConfigFault>* faults_;
  std::vector<std::string> known_;
};

/// `parent.key`, or `key` at the top.
std::string JoinPath(std::string_view parent, std::string_view key);

}  // namespace oncegate
