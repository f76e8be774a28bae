#include "server/config/fault.h"

#include <algorithm>

namespace oncegate {
namespace {

/// How many letters were left out, added, replaced or swapped with their neighbour.
std::size_t EditDistance(std::string_view left, std::string_view right) {
  std::vector<std::vector<std::size_t>> table(left.size() + 1,
                                              std::vector<std::size_t>(right.size() + 1));
  for (std::size_t i = 0; i <= left.size(); ++i) table[i][0] = i;
  for (std::size_t j = 0; j <= right.size(); ++j) table[0][j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t replaced = table[i - 1][j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
      table[i][j] = std::min({replaced, table[i - 1][j] + 1, table[i][j - 1] + 1});
      const bool swapped =
          i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
      if (swapped) table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
    }
  }
  return table[left.size()][right.size()];
}

std::string OriginText(const ConfigOrigin& origin) {
  if (origin.layer == ConfigOrigin::Layer::kDefault) return "configuration";
  if (origin.line == 0) return origin.name;
  return origin.name + ":" + std::to_string(origin.line) + ":" + std::to_string(origin.column);
}

}  // namespace

std::string ToText(const ConfigFault& fault) {
  std::string text = OriginText(fault.origin) + ": ";
  if (!fault.key.empty()) text += fault.key + ": ";
  return text + fault.message;
}

std::string_view ClosestName(std::string_view name, std::span<const std::string_view> candidates) {
  std::string_view closest;
  // A third of the letters may be wrong; beyond that a suggestion misleads.
  std::size_t distance_max = std::max<std::size_t>(name.size() / 3, 1);
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = EditDistance(name, candidate);
    if (distance > distance_max) continue;
    if (!closest.empty() && distance == distance_max) continue;
    closest = candidate;
    distance_max = distance;
  }
  return closest;
}

std::string DidYouMean(std::string_view name, std::span<const std::string_view> candidates) {
  const std::string_view closest = ClosestName(name, candidates);
  if (closest.empty()) return "";
  return " (did you mean \"" + std::string(closest) + "\"?)";
}

std::string ListNames(std::span<const std::string_view> names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += names[i];
  }
  return text;
}

}  // namespace oncegate
