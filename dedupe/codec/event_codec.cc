#include "dedupe/codec/event_codec.h"

#include <cstdint>
#include <limits>

#include "dedupe/codec/big_endian.h"
#include "dedupe/codec/varint.h"

namespace oncegate {
namespace {

constexpr std::size_t kFingerprintBytes = 16;
/// Flags, epoch, key's length and fingerprint: no event takes less.
constexpr std::size_t kEventBytesMin = 3 + kFingerprintBytes;
constexpr std::uint64_t kInt64Max = std::numeric_limits<std::int64_t>::max();

enum Flag : std::uint8_t {
  kOtherProducer = 1,  // Than the event before; the first one is compared with none.
  kSequence = 2,
  kId = 4,
  kDefaultKey = 8,
  kDelete = 16,
  kVersion = 32,
  kAfter = 64,
  kTime = 128,
};

/// Small numbers of either sign in few bytes: 0, -1, 1, -2, …
std::uint64_t ZigZag(std::int64_t number) {
  return (static_cast<std::uint64_t>(number) << 1) ^ static_cast<std::uint64_t>(number >> 63);
}
std::int64_t UnZigZag(std::uint64_t number) {
  return static_cast<std::int64_t>((number >> 1) ^ (~(number & 1) + 1));
}

void AppendText(std::string_view text, std::string* bytes) {
  AppendVarint(text.size(), bytes);
  bytes->append(text);
}

std::uint8_t FlagsOf(const Event& event, std::string_view producer_before) {
  unsigned flags = 0;
  if (event.producer != producer_before) flags |= kOtherProducer;
  if (event.sequence) flags |= kSequence;
  if (!event.id.empty()) flags |= kId;
  if (event.key_is_default) flags |= kDefaultKey;
  if (event.operation == Operation::kDelete) flags |= kDelete;
  if (event.version) flags |= kVersion;
  if (event.after) flags |= kAfter;
  if (event.event_time) flags |= kTime;
  return static_cast<std::uint8_t>(flags);
}

void AppendEvent(const Event& event, std::string_view producer_before, std::string* bytes) {
  const std::uint8_t flags = FlagsOf(event, producer_before);
  bytes->push_back(static_cast<char>(flags));
  if ((flags & kOtherProducer) != 0) AppendText(event.producer, bytes);
  AppendVarint(static_cast<std::uint64_t>(event.epoch.value), bytes);
  if (event.sequence) AppendVarint(static_cast<std::uint64_t>(event.sequence->value), bytes);
  if (!event.id.empty()) AppendText(event.id, bytes);
  AppendText(event.key, bytes);
  if (event.version) {
    AppendBigEndian(event.version->high, bytes);
    AppendBigEndian(event.version->low, bytes);
  }
  if (event.after) AppendVarint(ZigZag(*event.after), bytes);
  if (event.event_time) AppendVarint(ZigZag(event.event_time->microseconds), bytes);
  if (event.operation == Operation::kUpsert) AppendText(event.value, bytes);
  AppendBigEndian(event.fingerprint.high, bytes);
  AppendBigEndian(event.fingerprint.low, bytes);
}

/// Takes fields off the front; after the first fault everything is empty and `failed` stays.
struct FieldReader {
  std::string_view rest;
  bool failed = false;

  void Fail() {
    failed = true;
    rest = {};
  }
  std::uint8_t Byte() {
    if (rest.empty()) Fail();
    if (failed) return 0;
    const auto byte = static_cast<std::uint8_t>(rest.front());
    rest.remove_prefix(1);
    return byte;
  }
  std::uint64_t Number() {
    std::uint64_t number = 0;
    if (!ReadVarint(&rest, &number)) Fail();
    return failed ? 0 : number;
  }
  std::int64_t Natural() {
    const std::uint64_t number = Number();
    if (number > kInt64Max) Fail();
    return failed ? 0 : static_cast<std::int64_t>(number);
  }
  std::string_view Text() {
    const std::uint64_t text_bytes = Number();
    if (text_bytes > rest.size()) Fail();
    if (failed) return {};
    const std::string_view text = rest.substr(0, text_bytes);
    rest.remove_prefix(text_bytes);
    return text;
  }
  std::uint64_t Fixed() {
    if (rest.size() < sizeof(std::uint64_t)) Fail();
    if (failed) return 0;
    const auto number = LoadBigEndian<std::uint64_t>(rest.data());
    rest.remove_prefix(sizeof(std::uint64_t));
    return number;
  }
};

Event ReadEvent(std::string_view producer_before, FieldReader* reader) {
  Event event;
  const std::uint8_t flags = reader->Byte();
  event.producer = (flags & kOtherProducer) != 0 ? reader->Text() : producer_before;
  event.epoch.value = reader->Natural();
  if ((flags & kSequence) != 0) event.sequence = Sequence{reader->Natural()};
  if ((flags & kId) != 0) event.id = reader->Text();
  event.key = reader->Text();
  event.key_is_default = (flags & kDefaultKey) != 0;
  if ((flags & kVersion) != 0) {
    const std::uint64_t high = reader->Fixed();
    event.version = Version{high, reader->Fixed()};
  }
  if ((flags & kAfter) != 0) event.after = UnZigZag(reader->Number());
  if ((flags & kTime) != 0) event.event_time = WallTime{UnZigZag(reader->Number())};
  event.operation = (flags & kDelete) != 0 ? Operation::kDelete : Operation::kUpsert;
  if (event.operation == Operation::kUpsert) event.value = reader->Text();
  event.fingerprint.high = reader->Fixed();
  event.fingerprint.low = reader->Fixed();
  return event;
}

}  // namespace

std::string EncodeEvents(std::span<const Event> events) {
  std::size_t bytes_expected = 16;
  for (const Event& event : events) {
    bytes_expected += 64 + event.producer.size() + event.key.size() + event.value.size();
  }
  std::string bytes;
  bytes.reserve(bytes_expected);
  AppendVarint(events.size(), &bytes);
  std::string_view producer;
  for (const Event& event : events) {
    AppendEvent(event, producer, &bytes);
    producer = event.producer;
  }
  return bytes;
}

Result<std::vector<Event>> DecodeEvents(std::string_view bytes) {
  FieldReader reader{bytes};
  const std::uint64_t count = reader.Number();
  if (count > reader.rest.size() / kEventBytesMin) reader.Fail();
  std::vector<Event> events;
  if (!reader.failed) events.reserve(count);
  std::string_view producer;
  while (!reader.failed && events.size() < count) {
    Event event = ReadEvent(producer, &reader);
    event.index = static_cast<std::uint32_t>(events.size());
    producer = event.producer;
    events.push_back(event);
  }
  if (reader.failed || !reader.rest.empty()) {
    return Error{"accepted events can not be read: their bytes do not parse"};
  }
  return events;
}

}  // namespace oncegate
