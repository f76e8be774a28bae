#include "sinks/mysql/row_guard.h"

#include <compare>
#include <tuple>

namespace oncegate::mysql {
namespace {

std::strong_ordering CompareDigits(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return left.size() <=> right.size();
  return left.compare(right) <=> 0;
}

bool IsOfSameProducer(const GuardedRow& row, const Event& event) {
  return !event.producer.empty() && row.producer && *row.producer == event.producer &&
         event.sequence && row.sequence && row.epoch;
}

}  // namespace

RowEffect GuardRow(DedupeMode mode, const GuardedRow& row, const Event& event) {
  if (event.version) {
    if (!row.version) return RowEffect::kWritten;
    const auto order = CompareDigits(ToDecimal(*event.version), *row.version);
    if (order > 0) return RowEffect::kWritten;
    return order == 0 && mode == DedupeMode::kVersion ? RowEffect::kSameVersion
                                                      : RowEffect::kNewerExists;
  }
  if (row.version) return RowEffect::kNewerExists;
  if (!IsOfSameProducer(row, event)) return RowEffect::kWritten;
  const bool is_older =
      std::tie(event.epoch.value, event.sequence->value) < std::tie(*row.epoch, *row.sequence);
  return is_older ? RowEffect::kNewerExists : RowEffect::kWritten;
}

bool IsHigher(std::string_view stored, const Version& version) {
  return !stored.starts_with('-') && CompareDigits(stored, ToDecimal(version)) > 0;
}

}  // namespace oncegate::mysql
