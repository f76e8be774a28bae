// Fingerprints as the ledger's tables hold them: 16 bytes, big-endian. Pure.
#pragma once

#include <array>
#include <string_view>

#include "dedupe/types/identity.h"

namespace oncegate {

using FingerprintBytes = std::array<char, 16>;

FingerprintBytes EncodeFingerprint(Fingerprint fingerprint);
inline std::string_view ViewOf(const FingerprintBytes& bytes) {
  return {bytes.data(), bytes.size()};
}
/// Anything of another length is no fingerprint: the payload can not be compared.
Fingerprint DecodeFingerprint(std::string_view bytes);

}  // namespace oncegate
