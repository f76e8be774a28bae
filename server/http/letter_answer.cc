// The part of control_answer.h that is about dead letters.
#include "server/http/control_answer.h"

namespace oncegate {
namespace {

void AppendEnd(const LetterReport& report, JsonObject* object) {
  if (report.next) {
    object->String("next", *report.next);
  } else {
    object->Null("next");
  }
  object->Boolean("dry_run", report.dry_run);
  object->Close();
}

void AppendRefused(const RefusedLetter& refused, std::string* out) {
  JsonObject object(out);
  object.String("id", refused.id);
  object.String("verdict", ToString(refused.verdict));
  object.String("code", ToString(refused.code));
  if (!refused.detail.empty()) object.String("detail", refused.detail);
  object.Close();
}

}  // namespace

void AppendLetter(const DeadLetter& letter, std::string* out) {
  const bool is_delete = letter.operation == Operation::kDelete;
  JsonObject object(out);
  object.String("id", letter.id);
  object.String("stream", letter.stream);
  if (!letter.producer.empty()) {
    object.String("producer", letter.producer);
    object.Integer("epoch", letter.epoch.value);
  }
  if (letter.sequence) object.Integer("seq", letter.sequence->value);
  if (!letter.event_id.empty()) object.String("event_id", letter.event_id);
  object.String("key", letter.key);
  object.String("op", is_delete ? "delete" : "upsert");
  if (letter.version) object.Member("version")->append(ToDecimal(*letter.version));
  if (letter.event_time) object.String("time", ToRfc3339(*letter.event_time));
  // JSON as it was sent.
  if (!is_delete) object.Member("value")->append(letter.value);
  object.String("verdict", letter.verdict);
  object.String("code", letter.code);
  if (!letter.detail.empty()) object.String("detail", letter.detail);
  object.String("written_at", ToRfc3339(letter.written_at));
  object.Close();
}

void AppendReplay(const LetterReport& report, std::string* out) {
  JsonObject object(out);
  object.Unsigned("dead_letters", report.dead_letters);
  object.Unsigned("applied", report.applied);
  object.Unsigned("duplicate", report.duplicate);
  object.Unsigned("superseded", report.superseded);
  std::string* refused = object.Member("refused");
  refused->push_back('[');
  for (const RefusedLetter& letter : report.refused) {
    if (&letter != &report.refused.front()) refused->push_back(',');
    AppendRefused(letter, refused);
  }
  refused->push_back(']');
  AppendEnd(report, &object);
}

void AppendDiscard(const LetterReport& report, std::string* out) {
  JsonObject object(out);
  object.Unsigned("dead_letters", report.dead_letters);
  AppendEnd(report, &object);
}

}  // namespace oncegate
