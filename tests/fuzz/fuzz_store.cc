// Whatever body decodes under its key has that one encoding; a value is refused under any other
// key; different names never share a key, and keys keep the order of what they stand for. Accepted
// events that decode are the same once they were encoded and decoded again.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dedupe/codec/event_codec.h"
#include "dedupe/store/key_codec.h"
#include "dedupe/store/value_codec.h"
#include "dedupe/types/check.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/targets.h"

namespace oncegate::fuzz {
namespace {

constexpr std::size_t kNameBytesMax = 40;

struct Names {
  std::string first;
  std::string second;
  friend bool operator==(const Names&, const Names&) = default;
};

Names TakeNames(Input* input) {
  return {std::string(input->Text(kNameBytesMax)), std::string(input->Text(kNameBytesMax))};
}

void CheckKeys(const Names& one, const Names& other) {
  const bool is_same = one == other;
  CHECK((store::ProducerRecordKey({one.first, one.second}) ==
         store::ProducerRecordKey({other.first, other.second})) == is_same);
  CHECK((store::IdKey(one.first, one.second) == store::IdKey(other.first, other.second)) ==
        is_same);
  const std::string prefix = store::StreamPrefix(store::Family::kId, one.first);
  const std::string end = store::EndOfPrefix(prefix);
  const std::string id = store::IdKey(one.first, one.second);
  CHECK(id.starts_with(prefix) && prefix <= id && id < end);
  // Of another stream nothing lies between.
  const std::string stranger = store::IdKey(other.first, other.second);
  CHECK((prefix <= stranger && stranger < end) == (one.first == other.first));
}

void CheckNumberOrder(Input* input) {
  const WallTime one{static_cast<std::int64_t>(input->Number())};
  const WallTime other{static_cast<std::int64_t>(input->Number())};
  const std::string one_key = store::AuditKey(one, 0);
  const std::string other_key = store::AuditKey(other, 0);
  CHECK(store::TimeOfAuditKey(one_key) == one);
  CHECK((one_key < other_key) == (one < other));
  const std::string scope = store::ScopePrefix({{"s", "p"}, input->Number(), {}});
  std::string key = scope;
  const std::int64_t block = store::BlockOf(static_cast<std::int64_t>(input->Number() >> 1));
  store::AppendBlock(block, &key);
  store::AppendOrdinal(input->Number(), &key);
  CHECK(store::BlockOfKey(key, scope.size()) == block);
}

/// Encodes what a block holds once more.
std::string EncodeAgain(std::string_view key, const store::BlockView& block) {
  std::vector<SequenceFingerprint> entries;
  for (unsigned offset = 0; offset < store::kBlockSequences; ++offset) {
    if (const auto fingerprint = block.Find(offset)) entries.push_back({offset, *fingerprint});
  }
  return store::EncodeBlock(key, block.written_at(), entries);
}

void CheckValue(const std::string& key, std::string_view body) {
  std::string value = store::BeginValue().append(body);
  store::SealValue(key, &value);
  const auto opened = store::OpenValue(key, value);
  CHECK(opened && *opened == body);
  CHECK(!store::OpenValue(key + "x", value));
  CHECK(!store::OpenValue(key, value.substr(0, value.size() - 1)));
  (void)store::CheckRecord(key, value);
  if (const auto entry = store::DecodeProducer(key, value)) {
    CHECK(store::EncodeProducer(key, *entry) == value);
  }
  if (const auto entry = store::DecodeId(key, value)) {
    CHECK(store::EncodeId(key, *entry) == value);
  }
  if (const auto block = store::DecodeBlock(key, value)) CHECK(EncodeAgain(key, *block) == value);
  if (const auto sweep = store::DecodeSweep(key, value)) {
    CHECK(store::EncodeSweep(key, *sweep) == value);
  }
  if (const auto number = store::DecodeNumber32(key, value)) {
    CHECK(store::EncodeNumber32(key, *number) == value);
  }
  if (const auto number = store::DecodeNumber64(key, value)) {
    CHECK(store::EncodeNumber64(key, *number) == value);
  }
  if (const auto entry = store::DecodeJournalEntry(key, value)) {
    CHECK(store::EncodeJournalEntry(key, entry->accepted_at, entry->events) == value);
  }
  const auto text = store::DecodeText(key, value);
  CHECK(text && store::EncodeText(key, *text) == value);
}

void CheckJournalKey(const Names& one, const Names& other, std::uint64_t position) {
  const std::string key = store::JournalKey(one.first, position);
  const auto read = store::ReadJournalKey(key);
  CHECK(read && read->first == one.first && read->second == position);
  CHECK((store::JournalKey(other.first, position) == key) == (one.first == other.first));
  if (position > 0) CHECK(store::JournalKey(one.first, position - 1) < key);
}

void CheckEvents(std::string_view bytes) {
  const auto events = DecodeEvents(bytes);
  if (!events) return;
  const std::string encoded = EncodeEvents(*events);
  CHECK(encoded.size() <= bytes.size());
  const auto again = DecodeEvents(encoded);
  CHECK(again && again->size() == events->size() && EncodeEvents(*again) == encoded);
  for (std::size_t i = 0; i < events->size(); ++i) {
    const Event& event = (*events)[i];
    const Event& same = (*again)[i];
    CHECK(same.producer == event.producer && same.epoch == event.epoch &&
          same.sequence == event.sequence && same.after == event.after && same.id == event.id);
    CHECK(same.key == event.key && same.key_is_default == event.key_is_default &&
          same.operation == event.operation && same.version == event.version);
    CHECK(same.value == event.value && same.event_time == event.event_time &&
          same.fingerprint == event.fingerprint);
  }
}

}  // namespace

void FuzzStore(std::string_view input) {
  Input choices(input);
  const Names one = TakeNames(&choices);
  const Names other = choices.Flag() ? one : TakeNames(&choices);
  CheckKeys(one, other);
  const std::string_view body = choices.Rest();
  const std::string key = one.first.empty() ? std::string("p") : one.first;
  CheckValue(key, body);
  CheckEvents(body);
  // As found on the disk: not sealed.
  (void)store::CheckRecord(one.first, body);
  CheckNumberOrder(&choices);
  CheckJournalKey(one, other, choices.Number());
}

}  // namespace oncegate::fuzz
