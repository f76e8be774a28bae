#include "tests/unit/sinks/conformance/records.h"

#include <utility>

namespace oncegate::conformance {

Event Record::View() const {
  Event event;
  event.producer = producer;
  event.epoch = Epoch{epoch};
  if (sequence) event.sequence = Sequence{*sequence};
  event.id = id;
  event.key = key;
  event.key_is_default = key_is_default;
  event.operation = operation;
  event.version = version;
  event.event_time = event_time;
  event.fingerprint = fingerprint;
  if (operation == Operation::kUpsert) event.value = value;
  return event;
}

Record Upsert(std::string key, std::string value) {
  Record record;
  record.key = std::move(key);
  record.value = std::move(value);
  return record;
}

Record Delete(std::string key) {
  Record record;
  record.key = std::move(key);
  record.value.clear();
  record.operation = Operation::kDelete;
  return record;
}

Record From(Record record, std::string producer, std::int64_t epoch, std::int64_t sequence) {
  record.producer = std::move(producer);
  record.epoch = epoch;
  record.sequence = sequence;
  return record;
}

Record WithVersion(Record record, Version version) {
  record.version = version;
  return record;
}

Record WithVersion(Record record, std::uint64_t version) {
  return WithVersion(std::move(record), Version{0, version});
}

Token TokenOf(std::uint8_t number) {
  Token token;
  token.bytes.fill(number);
  return token;
}

Fingerprint FingerprintOf(std::uint64_t number) { return Fingerprint{~number, number}; }

IdClaim JustId(std::string_view id) { return {.id = id, .fingerprint = {}}; }

StreamTarget Target(std::string stream, DedupeMode mode) {
  StreamTarget target;
  target.table = stream;
  target.stream = std::move(stream);
  target.mode = mode;
  return target;
}

StreamTarget AppendTarget(std::string stream, DedupeMode mode) {
  StreamTarget target = Target(std::move(stream), mode);
  target.kind = TargetKind::kAppend;
  return target;
}

StreamTarget ColumnsTarget(std::string stream, DedupeMode mode) {
  StreamTarget target = Target(std::move(stream), mode);
  target.kind = TargetKind::kColumns;
  target.columns.key_columns = {"id"};
  return target;
}

SinkStatus WriteMarksOn(SinkSession& session, const std::vector<Mark>& marks, WallTime now,
                        std::vector<std::uint32_t>* lost) {
  std::vector<LedgerWrite> writes;
  for (const Mark& mark : marks) {
    writes.push_back({.key = {mark.stream, mark.producer},
                      .expected = mark.expected,
                      .token = mark.token,
                      .epoch = Epoch{mark.epoch},
                      .state = mark.state});
  }
  return session.WriteLedger(writes, now, lost);
}

}  // namespace oncegate::conformance
