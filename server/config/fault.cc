#include "server/config/fault.h"

#include <algorithm>
#include <numeric>

namespace oncegate {
namespace {

/// Levenshtein distance in bytes.
std::size_t EditDistance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= left.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
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
