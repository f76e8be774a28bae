#include "sinks/redis/row_writer.h"

#include <algorithm>
#include <utility>

#include "dedupe/types/check.h"
#include "sinks/redis/catalogue.h"

namespace oncegate::redis {

SinkStatus RowWriter::Upsert(const StreamTarget& target, std::span<const Event* const> rows,
                             WallTime now, RowsOutcome* outcome) {
  *outcome = {};
  PendingTable& table = transaction_.tables()[target.table];
  table.stream = target.stream;
  table.entry = EntryOf(target, settings_.format);
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    if (rows[i]->value.size() <= value_bytes_max_) continue;
    outcome->bad.push_back({i, Verdict::kRejected, Code::kSinkRejected,
                            "the value is longer than the server's proto-max-bulk-len"});
  }
  if (SinkStatus probed = Probe(target, rows, &table, &outcome->bad); !probed) return probed;
  std::sort(outcome->bad.begin(), outcome->bad.end(),
            [](const BadRow& a, const BadRow& b) { return a.row < b.row; });
  if (!outcome->bad.empty()) return {};
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    const Event& event = *rows[i];
    PendingRow& row = table.rows.at(std::string(event.key));
    if (row.guard && !MayWrite(*row.guard, event)) {
      const bool same_version =
          target.mode == DedupeMode::kVersion && row.guard->version == event.version;
      outcome->effects.push_back(same_version ? RowEffect::kSameVersion : RowEffect::kNewerExists);
      if (same_version) outcome->stored.push_back({i, row.guard->deleted, ""});
      continue;
    }
    outcome->effects.push_back(RowEffect::kWritten);
    row.guard = GuardOf(event, now);
    row.is_written = true;
    row.content = ContentOf(event, now);
  }
  return ReadStored(target, rows, table, outcome);
}

SinkStatus RowWriter::Probe(const StreamTarget& target, std::span<const Event* const> rows,
                            PendingTable* table, std::vector<BadRow>* bad) {
  const Names names(settings_.prefix);
  const std::string head = settings_.key_template.HeadOf(target.table);
  Arguments keys{names.Streams(), names.Guards(target.table)};
  Arguments fields{target.stream};
  std::vector<std::uint32_t> unread;
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    const std::string key(rows[i]->key);
    if (table->rows.contains(key)) continue;
    unread.push_back(i);
    keys.Add(head + key + settings_.key_template.tail());
    fields.Add(key);
  }
  const auto probed = connection_.Eval(Script::kProbeRows, keys, fields);
  if (!probed) return ToStreamError(probed.error());
  CHECK(probed->view().Size() == unread.size() + 1);
  if (probed->view().At(0).Text() != table->entry) {
    return SinkError{SinkErrorClass::kStream,
                     "the catalogue does not hold stream \"" + target.stream + "\" any more", ""};
  }
  for (std::size_t i = 0; i < unread.size(); ++i) {
    const std::string_view found = probed->view().At(i + 1).Text();
    if (found.starts_with('!')) {
      bad->push_back({unread[i], Verdict::kRejected, Code::kSinkRejected,
                      "WRONGTYPE: the row's key holds a " + std::string(found.substr(1)) +
                          " that oncegate did not write"});
      continue;
    }
    const std::string key(rows[unread[i]]->key);
    if (SinkStatus taken = TakeGuard(found, key, table); !taken) return taken;
  }
  return {};
}

SinkStatus RowWriter::TakeGuard(std::string_view probed, const std::string& key,
                                PendingTable* table) const {
  PendingRow row;
  row.read_guard = probed;
  if (!probed.empty() && probed != kClaimedGuard) {
    row.guard = DecodeGuard(probed);
    if (!row.guard) {
      return SinkError{SinkErrorClass::kStream,
                       "a guard of stream \"" + table->stream + "\" can not be read", ""};
    }
  }
  table->rows.emplace(key, std::move(row));
  return {};
}

std::vector<std::string> RowWriter::ContentOf(const Event& event, WallTime now) const {
  if (event.operation == Operation::kDelete) return {};
  if (settings_.format == RowFormat::kJson) return {std::string(event.value)};
  std::vector<std::string> content{"value", std::string(event.value)};
  const auto add = [&](std::string name, std::string text) {
    content.push_back(std::move(name));
    content.push_back(std::move(text));
  };
  if (!event.producer.empty()) {
    add("producer", std::string(event.producer));
    add("epoch", std::to_string(event.epoch.value));
  }
  if (event.sequence) add("seq", std::to_string(event.sequence->value));
  if (!event.id.empty()) add("id", std::string(event.id));
  if (event.version) add("version", ToDecimal(*event.version));
  if (event.event_time) add("event_time", ToRfc3339(*event.event_time));
  add("applied_at", ToRfc3339(now));
  return content;
}

SinkStatus RowWriter::ReadStored(const StreamTarget& target, std::span<const Event* const> rows,
                                 const PendingTable& table, RowsOutcome* outcome) {
  const std::string head = settings_.key_template.HeadOf(target.table);
  std::vector<Arguments> commands;
  std::vector<StoredRow*> asked;
  for (StoredRow& stored : outcome->stored) {
    const std::string key(rows[stored.row]->key);
    const PendingRow& row = table.rows.at(key);
    if (stored.deleted) continue;
    if (row.is_written) {
      stored.value = row.content[settings_.format == RowFormat::kJson ? 0 : 1];
      continue;
    }
    const std::string name = head + key + settings_.key_template.tail();
    commands.push_back(settings_.format == RowFormat::kJson ? Arguments{"GET", name}
                                                            : Arguments{"HGET", name, "value"});
    asked.push_back(&stored);
  }
  if (commands.empty()) return {};
  const auto replies = connection_.RunEach(commands);
  if (!replies) return ToStreamError(replies.error());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const ReplyView reply = (*replies)[i].view();
    if (!reply.IsError()) {
      // A row that somebody removed compares as null.
      asked[i]->value = reply.MaybeText().value_or("null");
      continue;
    }
    const RedisError error = ErrorOfReply(reply.Text());
    if (error.code != kWrongType) return ToStreamError(error);
    outcome->bad.push_back({asked[i]->row, Verdict::kRejected, Code::kSinkRejected,
                            "WRONGTYPE: the row's key holds what oncegate did not write"});
  }
  return {};
}

}  // namespace oncegate::redis
