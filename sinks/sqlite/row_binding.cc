#include "sinks/sqlite/row_binding.h"

#include <cstdint>
#include <string_view>
#include <utility>

namespace oncegate::sqlite {
namespace {

constexpr std::size_t kVersionDigits = 39;  // Of 2^128-1.

void BindTextOrNull(Statement& statement, int parameter, std::string_view text) {
  if (text.empty()) {
    statement.BindNull(parameter);
  } else {
    statement.BindText(parameter, text);
  }
}

}  // namespace

void RowBinding::BindVersion(Statement& statement, const std::optional<Version>& version) {
  if (!version) return statement.BindNull(kVersion);
  if (version->high == 0 && std::in_range<std::int64_t>(version->low)) {
    return statement.BindInteger(kVersion, static_cast<std::int64_t>(version->low));
  }
  const std::string digits = ToDecimal(*version);
  version_digits_.assign(kVersionDigits - digits.size(), '0');
  version_digits_ += digits;
  statement.BindText(kVersion, version_digits_);
}

void RowBinding::BindIdentity(Statement& statement, const Event& event) {
  statement.BindText(kKey, event.key);
  BindTextOrNull(statement, kProducer, event.producer);
  if (event.producer.empty()) {
    statement.BindNull(kEpoch);
  } else {
    statement.BindInteger(kEpoch, event.epoch.value);
  }
  if (event.sequence) {
    statement.BindInteger(kSequence, event.sequence->value);
  } else {
    statement.BindNull(kSequence);
  }
  BindVersion(statement, event.version);
}

void RowBinding::BindRow(Statement& statement, const Event& event) {
  BindIdentity(statement, event);
  BindTextOrNull(statement, kId, event.id);
  if (event.event_time) {
    event_time_ = FormatTime(*event.event_time);
    statement.BindText(kEventTime, ViewOf(event_time_));
  } else {
    statement.BindNull(kEventTime);
  }
  const bool deleted = event.operation == Operation::kDelete;
  statement.BindInteger(kDeleted, deleted ? 1 : 0);
  statement.BindText(kAppliedAt, ViewOf(applied_at_));
  if (deleted) {
    statement.BindNull(kValue);
  } else {
    statement.BindText(kValue, event.value);
  }
}

}  // namespace oncegate::sqlite
