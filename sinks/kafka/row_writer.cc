#include "sinks/kafka/row_writer.h"

#include <optional>
#include <string>
#include <utility>

namespace oncegate::kafka {
namespace {

bool IsOlder(const Event& event, const RowMark& stored) {
  return std::pair(event.epoch, *event.sequence) < std::pair(stored.epoch, *stored.sequence);
}

std::string EncodeMark(const StreamTarget& target, const Event& event) {
  RowMark mark;
  mark.producer = event.producer;
  mark.epoch = event.epoch;
  mark.sequence = event.sequence;
  mark.version = event.version;
  mark.deleted = event.operation == Operation::kDelete;
  if (target.mode == DedupeMode::kVersion) mark.value = event.value;
  return EncodeRowMark(mark);
}

/// Rows that no broker will take, before any of them is sent.
void FindLargeRows(const KafkaSettings& settings, std::span<const Message> messages,
                   std::vector<BadRow>* bad) {
  for (std::uint32_t row = 0; row < messages.size(); ++row) {
    const std::size_t bytes = BytesOf(messages[row]);
    if (bytes <= settings.message_bytes_max) continue;
    BadRow large;
    large.row = row;
    large.detail =
        "a message of " + std::to_string(bytes) +
        " bytes is above message_bytes_max = " + std::to_string(settings.message_bytes_max);
    bad->push_back(std::move(large));
  }
}

class DocumentGuard {
 public:
  DocumentGuard(const StreamTarget& target, Transaction* transaction, RowsOutcome* outcome)
      : target_(target), transaction_(*transaction), outcome_(*outcome) {}

  /// True: the row is to be written, and its mark is changed.
  SinkResult<bool> Admit(std::uint32_t row, const Event& event) {
    const std::string key = RecordKey(RecordKind::kRow, target_.table, event.key);
    if (const SinkStatus locked = transaction_.Lock(key); !locked) return locked.error();
    if (const std::optional<std::string> stored = transaction_.Find(key)) {
      std::optional<RowMark> mark = DecodeRowMark(*stored);
      if (!mark) {
        return SinkError{SinkErrorClass::kStream,
                         "a row mark of topic \"" + target_.table + "\" can not be read", ""};
      }
      const GuardDecision decision = Guard(event, *mark);
      if (!Decide(row, decision, std::move(*mark))) return false;
    }
    transaction_.Put(key, EncodeMark(target_, event));
    return true;
  }

 private:
  bool Decide(std::uint32_t row, GuardDecision decision, RowMark stored) {
    switch (decision) {
      case GuardDecision::kWrite:
        return true;
      case GuardDecision::kSameVersion:
        if (target_.mode == DedupeMode::kVersion) {
          outcome_.effects[row] = RowEffect::kSameVersion;
          outcome_.stored.push_back({row, stored.deleted, std::move(stored.value)});
          return false;
        }
        break;
      case GuardDecision::kNewerExists:
        break;
    }
    outcome_.effects[row] = RowEffect::kNewerExists;
    return false;
  }

  const StreamTarget& target_;
  Transaction& transaction_;
  RowsOutcome& outcome_;
};

}  // namespace

GuardDecision Guard(const Event& event, const RowMark& stored) {
  if (event.version) {
    if (!stored.version || *event.version > *stored.version) return GuardDecision::kWrite;
    return *event.version == *stored.version ? GuardDecision::kSameVersion
                                             : GuardDecision::kNewerExists;
  }
  if (stored.version) return GuardDecision::kNewerExists;
  const bool same_producer = event.sequence && stored.sequence && event.producer == stored.producer;
  return same_producer && IsOlder(event, stored) ? GuardDecision::kNewerExists
                                                 : GuardDecision::kWrite;
}

Message MessageOf(const StreamTarget& target, const Event& event, bool keeps_default_key) {
  Message message;
  message.topic = target.table;
  if (!event.key_is_default || keeps_default_key) message.key = event.key;
  const bool deletes = event.operation == Operation::kDelete;
  if (!deletes) message.value = event.value;
  const auto add = [&](std::string_view name, std::string value) {
    message.headers.push_back({name, std::move(value)});
  };
  add("op", deletes ? "delete" : "upsert");
  if (!event.producer.empty()) {
    add("producer-id", std::string(event.producer));
    add("producer-epoch", std::to_string(event.epoch.value));
  }
  if (event.sequence) add("producer-seq", std::to_string(event.sequence->value));
  if (!event.id.empty()) add("id", std::string(event.id));
  if (event.version) add("version", ToDecimal(*event.version));
  if (event.event_time) add("event-time", ToRfc3339(*event.event_time));
  return message;
}

SinkStatus WriteRows(const KafkaSettings& settings, const StreamTarget& target,
                     std::span<const Event* const> rows, Transaction* transaction,
                     RowsOutcome* outcome) {
  *outcome = RowsOutcome{};
  outcome->effects.assign(rows.size(), RowEffect::kWritten);
  const bool guards = target.kind == TargetKind::kDocument;
  std::vector<Message> messages;
  messages.reserve(rows.size());
  for (const Event* row : rows) messages.push_back(MessageOf(target, *row, guards));
  FindLargeRows(settings, messages, &outcome->bad);
  if (!outcome->bad.empty()) return {};
  DocumentGuard guard(target, transaction, outcome);
  for (std::uint32_t row = 0; row < rows.size(); ++row) {
    if (guards) {
      const SinkResult<bool> admitted = guard.Admit(row, *rows[row]);
      if (!admitted) return admitted.error();
      if (!*admitted) continue;
    }
    if (SinkStatus sent = transaction->Send(messages[row]); !sent) return sent;
  }
  // Now, so that an error is told as this stream's.
  return transaction->Flush();
}

}  // namespace oncegate::kafka
