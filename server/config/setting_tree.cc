#include "server/config/setting_tree.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace oncegate {
namespace {

constexpr std::array<std::string_view, 5> kSecretKeys{"url", "password", "secret", "authorization",
                                                      "headers"};
constexpr std::string_view kFileSuffix = "_file";

bool EqualIgnoringCase(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](unsigned char a, unsigned char b) {
    return std::tolower(a) == std::tolower(b);
  });
}

SettingNode* FindOrAdd(SettingNode* parent, const std::string& name, const ConfigOrigin& origin) {
  for (auto& [existing, child] : parent->children) {
    if (EqualIgnoringCase(existing, name)) return &child;
  }
  SettingNode& added = parent->children[name];
  added.origin = origin;
  return &added;
}

/// `url` for `url_file`, `url_file` for `url`; empty for anything else.
std::string OtherSpelling(std::string_view name) {
  if (IsSecretKey(name)) return std::string(name) + std::string(kFileSuffix);
  if (!name.ends_with(kFileSuffix)) return "";
  const std::string_view stem = name.substr(0, name.size() - kFileSuffix.size());
  return IsSecretKey(stem) ? std::string(stem) : "";
}

void EraseOtherSpelling(SettingNode* parent, std::string_view name, ConfigOrigin::Layer layer) {
  const auto other = parent->children.find(OtherSpelling(name));
  if (other == parent->children.end() || other->second.origin.layer == layer) return;
  parent->children.erase(other);
}

}  // namespace

const SettingNode* SettingNode::Find(std::string_view name) const {
  const auto found = children.find(name);
  return found == children.end() ? nullptr : &found->second;
}

std::span<const std::string_view> SecretKeys() { return kSecretKeys; }

bool IsSecretKey(std::string_view key) {
  return std::ranges::find(kSecretKeys, key) != kSecretKeys.end();
}

void Overlay(SettingNode* root, std::span<const std::string> path, SettingNode leaf) {
  SettingNode* node = root;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (i + 1 == path.size()) EraseOtherSpelling(node, path[i], leaf.origin.layer);
    node = FindOrAdd(node, path[i], leaf.origin);
  }
  node->origin = std::move(leaf.origin);
  node->value = std::move(leaf.value);
}

}  // namespace oncegate
