#include "sinks/common/fingerprint_bytes.h"

#include <cstdint>
#include <tuple>

namespace oncegate {
namespace {

void PutBigEndian(std::uint64_t number, char* at) {
  for (int shift = 56; shift >= 0; shift -= 8) *at++ = static_cast<char>(number >> shift);
}

std::uint64_t GetBigEndian(const char* at) {
  std::uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number = (number << 8) | static_cast<unsigned char>(at[i]);
  return number;
}

}  // namespace

FingerprintBytes EncodeFingerprint(Fingerprint fingerprint) {
  FingerprintBytes bytes;
  PutBigEndian(fingerprint.high, bytes.data());
  PutBigEndian(fingerprint.low, bytes.data() + 8);
  return bytes;
}

Fingerprint DecodeFingerprint(std::string_view bytes) {
  if (bytes.size() != std::tuple_size_v<FingerprintBytes>) return {};
  return {GetBigEndian(bytes.data()), GetBigEndian(bytes.data() + 8)};
}

}  // namespace oncegate
