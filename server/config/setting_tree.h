// SettingNode: the configuration as written, before anything is known about names and types. File,
// environment and flags are laid over each other here; the readers then ask for what they know.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/config/fault.h"

namespace oncegate {

/// A value of a kind that no setting has: a float, a date, an array of anything but text. Holds the
/// kind's name.
struct UnsupportedValue {
  std::string kind;
};

/// A value from the environment or a flag: text that may stand for any type.
struct UntypedText {
  std::string text;
};

using TextList = std::vector<std::string>;

/// Nothing (monostate): the node is a table.
using SettingValue = std::variant<std::monostate, std::string, std::int64_t, bool, TextList,
                                  UntypedText, UnsupportedValue>;

struct SettingNode {
  ConfigOrigin origin;
  SettingValue value;
  std::map<std::string, SettingNode, std::less<>> children;

  bool IsTable() const { return std::holds_alternative<std::monostate>(value); }
  const SettingNode* Find(std::string_view name) const;
};

/// Keys that hold secrets and therefore may be given as `KEY_file`, the path of a file with the
/// value. Nothing else is redacted.
std::span<const std::string_view> SecretKeys();
bool IsSecretKey(std::string_view key);

/// Sets the value at `path` over what lower layers said, making tables on the way. Names match what
/// is there regardless of case, as the environment has only one. A value of either of `url` and
/// `url_file` replaces what a lower layer said of the other.
void Overlay(SettingNode* root, std::span<const std::string> path, SettingNode leaf);

}  // namespace oncegate
