#include "sinks/kafka/catalogue.h"

#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "sinks/common/stream_refusals.h"
#include "sinks/kafka/admin.h"
#include "sinks/kafka/records.h"

namespace oncegate::kafka {
namespace {

constexpr std::chrono::milliseconds kTopicPoll{20};

SinkError Refuse(std::string message) { return {SinkErrorClass::kRefused, std::move(message), ""}; }

std::string EntryKey(std::string_view stream) { return RecordKey(RecordKind::kStream, "", stream); }

SinkError Unreadable() {
  return Refuse(
      "the catalogue entry of a stream is not known to this oncegate; use the oncegate that wrote "
      "it, or a newer one");
}

SinkStatus CheckName(const KafkaSettings& settings, const StreamTarget& target) {
  const auto refuse = [&](const std::string& why) {
    return Refuse("stream " + InQuotes(target.stream) + " can not use the topic name " +
                  InQuotes(target.table) + ": " + why);
  };
  if (target.kind == TargetKind::kColumns) {
    return Refuse("stream " + InQuotes(target.stream) +
                  " can not have target = \"columns\": a topic has none; use \"document\" or "
                  "\"append\"");
  }
  if (const std::string fault = TopicFault(target.table); !fault.empty()) return refuse(fault);
  if (target.table == settings.ledger_topic) return refuse("it is the ledger's");
  return {};
}

SinkStatus CheckEntry(const StreamTarget& target, const StreamMark& entry) {
  const auto contradiction = [&](std::string_view setting, std::string_view was,
                                 std::string_view is) {
    return Refuse(ContradictionText(target.stream, {setting, was, is}));
  };
  if (entry.table != target.table) return contradiction("table", entry.table, target.table);
  if (entry.mode != target.mode) {
    return contradiction("dedupe", ToString(entry.mode), ToString(target.mode));
  }
  if (entry.kind != target.kind) {
    return contradiction("target", ToString(entry.kind), ToString(target.kind));
  }
  return {};
}

/// One stream at a time is entered, so that two do not take the same topic.
class StreamEntry {
 public:
  StreamEntry(const KafkaSettings& settings, const StreamTarget& target, Transaction* transaction)
      : settings_(settings), target_(target), transaction_(*transaction) {}

  SinkStatus Ensure() {
    if (const auto stored = transaction_.Find(EntryKey(target_.stream))) {
      const std::optional<StreamMark> entry = DecodeStreamMark(*stored);
      if (!entry) return Unreadable();
      if (SinkStatus checked = CheckEntry(target_, *entry); !checked) return checked;
      return entry->topic_made ? ConfirmTopic() : MakeTopicOfEntry();
    }
    if (SinkStatus free = CheckTopicIsFree(); !free) return free;
    // The entry comes first: a topic without one is somebody else's.
    if (SinkStatus entered = Enter(!settings_.creates_topics); !entered) return entered;
    return settings_.creates_topics ? MakeTopicOfEntry() : ConfirmTopic();
  }

 private:
  SinkStatus Enter(bool topic_made) {
    return transaction_.Run([&]() -> SinkStatus {
      if (SinkStatus locked = transaction_.Lock(KeyPrefix(RecordKind::kStream, "")); !locked) {
        return locked;
      }
      if (SinkStatus free = CheckNoOtherOwner(); !free) return free;
      const StreamMark mark{target_.table, target_.mode, target_.kind, topic_made};
      transaction_.Put(EntryKey(target_.stream), EncodeStreamMark(mark));
      return {};
    });
  }

  SinkStatus CheckNoOtherOwner() {
    const SinkResult<std::vector<StreamRecord>> streams = ListStreams(transaction_.view());
    if (!streams) return streams.error();
    for (const StreamRecord& record : *streams) {
      if (record.stream == target_.stream || record.table != target_.table) continue;
      return Refuse("topic " + InQuotes(target_.table) + " already belongs to stream " +
                    InQuotes(record.stream) + "; stream " + InQuotes(target_.stream) +
                    " needs a topic of its own");
    }
    return {};
  }

  SinkStatus CheckTopicIsFree() {
    if (SinkStatus free = CheckNoOtherOwner(); !free) return free;
    if (!settings_.creates_topics) return ConfirmTopic();
    const SinkResult<TopicMade> made =
        MakeTopic(transaction_.producer().handle(), Description(), true, settings_.connect_timeout);
    if (!made) return made.error();
    if (*made == TopicMade::kMade) return {};
    return Refuse("there is already a topic " + InQuotes(target_.table) +
                  " that oncegate did not make; give stream " + InQuotes(target_.stream) +
                  " another one (setting \"table\"), or set topics = \"existing\" on the sink");
  }

  SinkStatus MakeTopicOfEntry() {
    const SinkResult<TopicMade> made = MakeTopic(transaction_.producer().handle(), Description(),
                                                 false, settings_.connect_timeout);
    if (!made) return made.error();
    // A topic that was just made is not known to every broker at once.
    const auto deadline = std::chrono::steady_clock::now() + settings_.connect_timeout;
    SinkStatus confirmed = ConfirmTopic();
    while (!confirmed && confirmed.error().error_class == SinkErrorClass::kStream &&
           std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(kTopicPoll);
      confirmed = ConfirmTopic();
    }
    if (!confirmed) return confirmed;
    return Enter(true);
  }

  SinkStatus ConfirmTopic() {
    const auto found =
        ReadTopic(transaction_.producer().handle(), target_.table, settings_.connect_timeout);
    if (!found) return found.error();
    if (!*found) {
      return SinkError{SinkErrorClass::kStream,
                       "topic " + InQuotes(target_.table) + " of stream " +
                           InQuotes(target_.stream) + " is missing; make it again",
                       ""};
    }
    const std::size_t bytes = MessageBytesMax(**found, settings_.message_bytes_max);
    if (bytes >= settings_.message_bytes_max) return {};
    return Refuse("topic " + InQuotes(target_.table) + " takes messages of " +
                  std::to_string(bytes) + " bytes (max.message.bytes), the sink sends up to " +
                  std::to_string(settings_.message_bytes_max) +
                  "; raise the one or lower message_bytes_max");
  }

  NewTopic Description() const {
    NewTopic topic{target_.table, settings_.partitions, settings_.replication_factor, {}};
    if (target_.kind == TargetKind::kDocument) topic.settings["cleanup.policy"] = "compact";
    return topic;
  }

  const KafkaSettings& settings_;
  const StreamTarget& target_;
  Transaction& transaction_;
};

}  // namespace

SinkResult<std::vector<StreamRecord>> ListStreams(const LedgerView& view) {
  std::vector<StreamRecord> streams;
  bool readable = true;
  const std::string all = KeyPrefix(RecordKind::kStream, "");
  view.Scan(all, "", [&](std::string_view key, const std::string& value) {
    std::optional<StreamMark> entry = DecodeStreamMark(value);
    readable = readable && entry.has_value();
    if (!entry) return false;
    key.remove_prefix(all.size());
    streams.push_back({std::string(key), std::move(entry->table), entry->mode, entry->kind});
    return true;
  });
  if (!readable) return Unreadable();
  return streams;
}

SinkStatus EnsureStream(const KafkaSettings& settings, const StreamTarget& target,
                        Transaction* transaction) {
  if (SinkStatus named = CheckName(settings, target); !named) return named;
  return StreamEntry(settings, target, transaction).Ensure();
}

}  // namespace oncegate::kafka
