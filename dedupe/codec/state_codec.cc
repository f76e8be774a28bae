// The grammar, version 1 (docs/format.md explains it and works an example):
//
//     state    = %x01 head window [ bump ] checksum
//     head     = varint               ; epoch * 2 + 1 if a bump follows, else epoch * 2
//     window   = floor count *range
//     floor    = varint               ; floor + 1, so that -1 is 0
//     count    = varint               ; of ranges
//     range    = skipped length
//     skipped  = varint               ; unsettled sequences between the floor (the first range) or
//     the
//                                     ; range before and this one; from the second on minus 1,
//                                     since ; ranges are never adjacent
//     length   = varint               ; last - first
//     bump     = size *OCTET varint window ; Idempotency-Key, epoch it produced, window after it
//     size     = varint               ; of the key in bytes, at least 1
//     checksum = 4OCTET               ; low 32 bits of XXH3-64 of everything before it, little
//     endian
//
// Varints are in their shortest form, so a state has exactly one encoding. Distances instead of
// positions keep a producer without gaps under 16 bytes, and make unsorted or touching ranges
// impossible to write down.
#include "dedupe/codec/state_codec.h"

#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

#include "dedupe/codec/varint.h"
#include "dedupe/types/check.h"

namespace oncegate {
namespace {

constexpr char kFormatVersion = 1;
constexpr std::size_t kChecksumBytes = 4;
constexpr std::size_t kRangeBytesMin = 2;
constexpr std::uint64_t kSequenceMax = std::numeric_limits<std::int64_t>::max();

std::uint32_t ChecksumOf(std::string_view bytes) {
  return static_cast<std::uint32_t>(XXH3_64bits(bytes.data(), bytes.size()));
}

void AppendChecksum(std::string* bytes) {
  std::uint32_t checksum = ChecksumOf(*bytes);
  for (std::size_t i = 0; i < kChecksumBytes; ++i, checksum >>= 8) {
    bytes->push_back(static_cast<char>(checksum & 0xffU));
  }
}

std::uint32_t ReadChecksum(std::string_view bytes) {
  std::uint32_t checksum = 0;
  for (std::size_t i = kChecksumBytes; i-- > 0;) {
    checksum = (checksum << 8) | static_cast<unsigned char>(bytes[i]);
  }
  return checksum;
}

void AppendWindow(const Window& window, std::string* bytes) {
  CHECK(window.floor >= -1);
  // One more than the position settled through, so that the arithmetic stays unsigned.
  std::uint64_t next = static_cast<std::uint64_t>(window.floor) + 1;
  AppendVarint(next, bytes);
  AppendVarint(window.ranges.size(), bytes);
  std::uint64_t distance_min = 0;
  for (const SequenceRange& range : window.ranges) {
    const auto first = static_cast<std::uint64_t>(range.first);
    // A state that breaks the invariant must never reach a ledger.
    CHECK(range.first >= 0 && range.last >= range.first && first >= next + distance_min);
    AppendVarint(first - next - distance_min, bytes);
    AppendVarint(static_cast<std::uint64_t>(range.last - range.first), bytes);
    next = static_cast<std::uint64_t>(range.last) + 1;
    distance_min = 1;
  }
}

/// Reads fields off the front; after the first failure everything else fails too.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  bool failed() const { return failed_; }
  bool done() const { return bytes_.empty(); }

  std::uint64_t ReadNumber() {
    std::uint64_t value = 0;
    if (failed_ || !ReadVarint(&bytes_, &value)) failed_ = true;
    return failed_ ? 0 : value;
  }

  std::string ReadText() {
    const std::uint64_t size = ReadNumber();
    if (size == 0 || size > bytes_.size()) failed_ = true;
    if (failed_) return {};
    std::string text(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return text;
  }

  Epoch ReadEpoch() {
    const std::uint64_t value = ReadNumber();
    if (value > kSequenceMax) failed_ = true;
    return failed_ ? Epoch{} : Epoch{static_cast<std::int64_t>(value)};
  }

  Window ReadWindow() {
    std::uint64_t next = ReadNumber();
    const std::uint64_t count = ReadNumber();
    if (next > kSequenceMax + 1 || count > bytes_.size() / kRangeBytesMin) failed_ = true;
    if (failed_) return {};
    Window window{.floor = static_cast<std::int64_t>(next - 1), .ranges = {}};
    window.ranges.reserve(count);
    for (std::uint64_t i = 0; i < count && !failed_; ++i) {
      ReadRange(i == 0 ? 0 : 1, &next, &window);
    }
    return window;
  }

 private:
  void ReadRange(std::uint64_t distance_min, std::uint64_t* next, Window* window) {
    const std::uint64_t skipped = ReadNumber();
    const std::uint64_t length = ReadNumber();
    // Each sum is checked before it is taken: next <= 2^63 and every term stays below 2^64.
    if (*next + distance_min > kSequenceMax || skipped > kSequenceMax - *next - distance_min) {
      failed_ = true;
      return;
    }
    const std::uint64_t first = *next + distance_min + skipped;
    if (length > kSequenceMax - first) failed_ = true;
    if (failed_) return;
    const std::uint64_t last = first + length;
    window->ranges.push_back({static_cast<std::int64_t>(first), static_cast<std::int64_t>(last)});
    *next = last + 1;
  }

  std::string_view bytes_;
  bool failed_ = false;
};

Error Damaged(const char* what) {
  return Error{std::string("producer state: ") + what +
               "; the ledger row or index entry is damaged"};
}

}  // namespace

std::string EncodeState(const ProducerState& state) {
  CHECK(state.known && state.epoch.value >= 0);
  std::string bytes(1, kFormatVersion);
  AppendVarint(static_cast<std::uint64_t>(state.epoch.value) * 2 + (state.bump ? 1 : 0), &bytes);
  AppendWindow(state.window, &bytes);
  if (state.bump) {
    CHECK(!state.bump->idempotency_key.empty() && state.bump->epoch.value >= 0);
    AppendVarint(state.bump->idempotency_key.size(), &bytes);
    bytes += state.bump->idempotency_key;
    AppendVarint(static_cast<std::uint64_t>(state.bump->epoch.value), &bytes);
    AppendWindow(state.bump->window, &bytes);
  }
  AppendChecksum(&bytes);
  return bytes;
}

Result<ProducerState> DecodeState(std::string_view bytes) {
  if (bytes.size() < 1 + kChecksumBytes) return Damaged("too short");
  if (bytes.front() != kFormatVersion) {
    return Error{
        "producer state: format version " +
        std::to_string(static_cast<unsigned char>(bytes.front())) +
        ", but this build reads version 1; it was written by a newer oncegate, or is damaged"};
  }
  const std::string_view body = bytes.substr(0, bytes.size() - kChecksumBytes);
  if (ChecksumOf(body) != ReadChecksum(bytes.substr(body.size()))) {
    return Damaged("checksum mismatch");
  }
  Reader reader(body.substr(1));
  ProducerState state;
  state.known = true;
  const std::uint64_t head = reader.ReadNumber();
  state.epoch = Epoch{static_cast<std::int64_t>(head / 2)};
  state.window = reader.ReadWindow();
  if (head % 2 != 0) {
    BumpRecord bump;
    bump.idempotency_key = reader.ReadText();
    bump.epoch = reader.ReadEpoch();
    bump.window = reader.ReadWindow();
    state.bump = std::move(bump);
  }
  if (reader.failed()) return Damaged("malformed fields");
  if (!reader.done()) return Damaged("trailing bytes");
  return state;
}

}  // namespace oncegate
