// The binary wire format of Postgres: arrays as statement parameters, scalars in results. A binary
// array needs no quoting, so no value can be mistaken for syntax, and costs the server less than a
// literal does.
//
//     array   := int32 1 | int32 has_null | int32 element type | int32 count | int32 1 | element*
//     element := int32 byte length, or -1 for NULL | bytes
//     jsonb   := byte 1 | JSON text
//     timestamptz := int64 microseconds since 2000-01-01T00:00:00Z
//
// All integers are big-endian. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dedupe/types/identity.h"

namespace oncegate::postgres {

/// Type numbers of pg_type; fixed since the types exist.
enum class ElementType : std::uint32_t {
  kBool = 16,
  kBytea = 17,
  kInt8 = 20,
  kText = 25,
  kTimestamptz = 1184,
  kJsonb = 3802,
};

class BinaryArray {
 public:
  explicit BinaryArray(ElementType type);

  void AddNull();
  void AddBytes(std::string_view bytes);  // kText, kBytea
  void AddJson(std::string_view text);    // kJsonb
  void AddInt64(std::int64_t value);      // kInt8
  void AddTime(WallTime time);            // kTimestamptz
  void AddBool(bool value);               // kBool

  /// The parameter's bytes; valid until the next Add.
  std::string_view Bytes() const { return bytes_; }

 private:
  void StartElement(std::size_t size);

  std::string bytes_;
  std::uint32_t count_ = 0;
};

void AppendInt32(std::uint32_t value, std::string* out);
std::string BinaryInt64(std::int64_t value);
std::string BinaryTime(WallTime time);
std::string BinaryBool(bool value);
/// 16 bytes, big-endian.
std::string BinaryFingerprint(const Fingerprint& fingerprint);

/// Preconditions: 8 bytes.
std::int64_t ReadBinaryInt64(std::string_view bytes);
WallTime ReadBinaryTime(std::string_view bytes);
bool ReadBinaryBool(std::string_view bytes);
/// Any number of bytes: none where they are not ours; the payload can not be compared then.
Fingerprint ReadBinaryFingerprint(std::string_view bytes);

}  // namespace oncegate::postgres
