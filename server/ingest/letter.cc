#include "server/ingest/letter.h"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace oncegate {
namespace {

// Of oncegate's letters alone; a name is hashed together with it.
constexpr boost::uuids::uuid kNamespace{{0x6f, 0x6e, 0x63, 0x65, 0x67, 0x61, 0x74, 0x65, 0x5f, 0x64,
                                         0x65, 0x61, 0x64, 0x6c, 0x65, 0x74}};

/// Every piece with its length before it, so that no two lists of pieces read the same.
class Name {
 public:
  void Add(std::string_view text) {
    text_.append(std::to_string(text.size())).push_back(':');
    text_.append(text);
  }
  void Add(std::int64_t number) { Add(std::to_string(number)); }
  std::string Uuid() const {
    return boost::uuids::to_string(boost::uuids::name_generator_sha1(kNamespace)(text_));
  }

 private:
  std::string text_;
};

std::string MakeId(std::string_view stream, DedupeMode mode, const Event& event) {
  Name name;
  // Of id and version streams the producer is no part of the identity; key and version are in the
  // fingerprint.
  if (mode == DedupeMode::kId) {
    name.Add(event.id);
  } else if (mode != DedupeMode::kVersion) {
    name.Add(event.producer);
    name.Add(event.epoch.value);
    name.Add(event.sequence ? event.sequence->value : -1);
  }
  name.Add(static_cast<std::int64_t>(event.fingerprint.high));
  name.Add(static_cast<std::int64_t>(event.fingerprint.low));
  return std::string(stream) + ":" + name.Uuid();
}

}  // namespace

DeadLetter MakeLetter(std::string_view stream, DedupeMode mode, const Event& event,
                      const LetterReason& reason, WallTime now) {
  DeadLetter letter;
  letter.id = MakeId(stream, mode, event);
  letter.stream = stream;
  letter.producer = event.producer;
  letter.epoch = event.epoch;
  letter.sequence = event.sequence;
  letter.event_id = event.id;
  letter.key = event.key;
  letter.key_is_default = event.key_is_default;
  letter.operation = event.operation;
  letter.version = event.version;
  letter.event_time = event.event_time;
  letter.value = event.value;
  letter.verdict = ToString(reason.verdict);
  letter.code = ToString(reason.code);
  letter.detail = reason.detail;
  letter.written_at = now;
  return letter;
}

Event EventOf(const DeadLetter& letter) {
  Event event;
  event.producer = letter.producer;
  event.epoch = letter.epoch;
  event.sequence = letter.sequence;
  event.id = letter.event_id;
  event.key = letter.key;
  event.key_is_default = letter.key_is_default;
  event.operation = letter.operation;
  event.version = letter.version;
  event.event_time = letter.event_time;
  event.value = letter.value;
  return event;
}

std::string_view StreamOfLetter(std::string_view letter_id) {
  const std::size_t colon = letter_id.find(':');
  return colon == std::string_view::npos ? std::string_view() : letter_id.substr(0, colon);
}

}  // namespace oncegate
