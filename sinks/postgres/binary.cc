#include "sinks/postgres/binary.h"

#include <endian.h>

#include <cstring>
#include <limits>

#include "dedupe/types/check.h"

namespace oncegate::postgres {
namespace {

constexpr std::size_t kHasNullAt = 4;
constexpr std::size_t kCountAt = 12;
constexpr std::int64_t kMicrosecondsTo2000 = 946'684'800'000'000;

void AppendInt64(std::int64_t value, std::string* out) {
  const std::uint64_t big = htobe64(static_cast<std::uint64_t>(value));
  out->append(reinterpret_cast<const char*>(&big), sizeof big);
}

void PatchInt32(std::uint32_t value, std::size_t at, std::string* out) {
  const std::uint32_t big = htobe32(value);
  std::memcpy(out->data() + at, &big, sizeof big);
}

}  // namespace

void AppendInt32(std::uint32_t value, std::string* out) {
  const std::uint32_t big = htobe32(value);
  out->append(reinterpret_cast<const char*>(&big), sizeof big);
}

BinaryArray::BinaryArray(ElementType type) {
  AppendInt32(1, &bytes_);  // Dimensions.
  AppendInt32(0, &bytes_);  // No NULL so far.
  AppendInt32(static_cast<std::uint32_t>(type), &bytes_);
  AppendInt32(0, &bytes_);  // Elements so far.
  AppendInt32(1, &bytes_);  // Lower bound.
}

void BinaryArray::StartElement(std::size_t size) {
  CHECK(size <= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()));
  AppendInt32(static_cast<std::uint32_t>(size), &bytes_);
  PatchInt32(++count_, kCountAt, &bytes_);
}

void BinaryArray::AddNull() {
  AppendInt32(~std::uint32_t{0}, &bytes_);
  PatchInt32(++count_, kCountAt, &bytes_);
  PatchInt32(1, kHasNullAt, &bytes_);
}

void BinaryArray::AddBytes(std::string_view bytes) {
  StartElement(bytes.size());
  bytes_.append(bytes);
}

void BinaryArray::AddJson(std::string_view text) {
  StartElement(text.size() + 1);
  bytes_.push_back('\x01');
  bytes_.append(text);
}

void BinaryArray::AddInt64(std::int64_t value) {
  StartElement(sizeof value);
  AppendInt64(value, &bytes_);
}

void BinaryArray::AddTime(WallTime time) { AddInt64(time.microseconds - kMicrosecondsTo2000); }

void BinaryArray::AddBool(bool value) {
  StartElement(1);
  bytes_.push_back(value ? '\x01' : '\x00');
}

std::string BinaryInt64(std::int64_t value) {
  std::string bytes;
  AppendInt64(value, &bytes);
  return bytes;
}

std::string BinaryTime(WallTime time) {
  return BinaryInt64(time.microseconds - kMicrosecondsTo2000);
}

std::int64_t ReadBinaryInt64(std::string_view bytes) {
  CHECK(bytes.size() == sizeof(std::uint64_t));
  std::uint64_t big = 0;
  std::memcpy(&big, bytes.data(), sizeof big);
  return static_cast<std::int64_t>(be64toh(big));
}

WallTime ReadBinaryTime(std::string_view bytes) {
  return WallTime{ReadBinaryInt64(bytes) + kMicrosecondsTo2000};
}

std::string BinaryBool(bool value) { return std::string(1, value ? '\1' : '\0'); }

bool ReadBinaryBool(std::string_view bytes) { return bytes == std::string_view("\1", 1); }

std::string BinaryFingerprint(const Fingerprint& fingerprint) {
  return BinaryInt64(static_cast<std::int64_t>(fingerprint.high)) +
         BinaryInt64(static_cast<std::int64_t>(fingerprint.low));
}

Fingerprint ReadBinaryFingerprint(std::string_view bytes) {
  if (bytes.size() != 16) return {};
  return {static_cast<std::uint64_t>(ReadBinaryInt64(bytes.substr(0, 8))),
          static_cast<std::uint64_t>(ReadBinaryInt64(bytes.substr(8)))};
}

}  // namespace oncegate::postgres
