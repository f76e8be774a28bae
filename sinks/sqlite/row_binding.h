// RowBinding: binds what an event carries to the parameters of a statement about its row. Lives on
// the stack of one call: what it binds without a copy is kept here or by the event.
#pragma once

#include <optional>
#include <string>

#include "dedupe/types/event.h"
#include "sinks/sqlite/statement.h"
#include "sinks/sqlite/text_time.h"

namespace oncegate::sqlite {

/// All statements about rows of events number their parameters alike.
enum RowParameter : int {
  kKey = 1,
  kValue,
  kProducer,
  kEpoch,
  kSequence,
  kId,
  kVersion,
  kEventTime,
  kDeleted,
  kAppliedAt,
};

class RowBinding {
 public:
  explicit RowBinding(WallTime applied_at) : applied_at_(FormatTime(applied_at)) {}

  /// Key, producer, epoch, sequence and version: what the row guard looks at.
  void BindIdentity(Statement& statement, const Event& event);
  /// Every parameter.
  void BindRow(Statement& statement, const Event& event);

 private:
  void BindVersion(Statement& statement, const std::optional<Version>& version);

  TimeText applied_at_;
  TimeText event_time_{};
  std::string version_digits_;
};

}  // namespace oncegate::sqlite
