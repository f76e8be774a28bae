#include "server/decode/value_hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>

#include "server/decode/json_number.h"

namespace oncegate {
namespace {

// Seeds keep the kinds of values apart. Those of numbers are twice their exponent of at most 10^18
// in size, plus one: below 2^61 or above 2^64 - 2^61, so these can not be met by them.
constexpr std::uint64_t kLiteralSeed = 0x4000000000000000;
constexpr std::uint64_t kStringSeed = 0x4100000000000000;
constexpr std::uint64_t kElementSeed = 0x4200000000000000;
constexpr std::uint64_t kArraySeed = 0x4300000000000000;
constexpr std::uint64_t kMemberSeed = 0x4400000000000000;
constexpr std::uint64_t kObjectSeed = 0x4500000000000000;
constexpr std::uint64_t kEventSeed = 0x4600000000000000;
constexpr std::uint64_t kExponentSeed = 0x4700000000000000;
constexpr std::uint64_t kHugeNumberSeed = 0x4800000000000000;

ValueHash HashBytes(const void* bytes, std::size_t size, std::uint64_t seed) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(bytes, size, seed);
  return {hash.high64, hash.low64};
}

template <std::size_t kCount>
ValueHash HashWords(const std::array<std::uint64_t, kCount>& words, std::uint64_t seed) {
  return HashBytes(words.data(), sizeof words, seed);
}

ValueHash HashHugeNumber(const CanonicalNumber& number) {
  const ValueHash digits = HashBytes(number.digits.data(), number.digits.size(), kHugeNumberSeed);
  const ValueHash exponent = HashBytes(number.huge_exponent.data(), number.huge_exponent.size(),
                                       kExponentSeed + (number.negative ? 1 : 0));
  return HashWords<4>({digits.high, digits.low, exponent.high, exponent.low}, kHugeNumberSeed);
}

}  // namespace

ValueHash HashNull() {
  static const ValueHash kHash = HashBytes("null", 4, kLiteralSeed);
  return kHash;
}

ValueHash HashBoolean(bool value) {
  static const ValueHash kTrue = HashBytes("true", 4, kLiteralSeed);
  static const ValueHash kFalse = HashBytes("false", 5, kLiteralSeed);
  return value ? kTrue : kFalse;
}

ValueHash HashString(std::string_view text) {
  return HashBytes(text.data(), text.size(), kStringSeed);
}

ValueHash HashNumber(std::string_view token, std::string* scratch) {
  const CanonicalNumber number = Canonicalize(token, scratch);
  if (!number.huge_exponent.empty()) return HashHugeNumber(number);
  const std::uint64_t seed =
      static_cast<std::uint64_t>(number.exponent) * 2 + (number.negative ? 1 : 0);
  return HashBytes(number.digits.data(), number.digits.size(), seed);
}

void ArrayHash::Add(const ValueHash& element) {
  state_ = HashWords<4>({state_.high, state_.low, element.high, element.low}, kElementSeed);
  ++count_;
}

ValueHash ArrayHash::Finish() const {
  return HashWords<3>({state_.high, state_.low, count_}, kArraySeed);
}

void ObjectHash::Add(const ValueHash& name, const ValueHash& value) {
  const ValueHash member = HashWords<4>({name.high, name.low, value.high, value.low}, kMemberSeed);
  sum_.high += member.high;
  sum_.low += member.low;
  ++count_;
}

ValueHash ObjectHash::Finish() const {
  return HashWords<3>({sum_.high, sum_.low, count_}, kObjectSeed);
}

Fingerprint HashEvent(Operation operation, std::string_view key,
                      const std::optional<Version>& version,
                      const std::optional<ValueHash>& value) {
  const ValueHash key_hash = HashString(key);
  const Version version_or_zero = version.value_or(Version{});
  const ValueHash value_or_zero = value.value_or(ValueHash{});
  const std::uint64_t shape =
      (operation == Operation::kDelete ? 1U : 0U) | (version ? 2U : 0U) | (value ? 4U : 0U);
  const ValueHash hash = HashWords<7>({shape, key_hash.high, key_hash.low, version_or_zero.high,
                                       version_or_zero.low, value_or_zero.high, value_or_zero.low},
                                      kEventSeed);
  if (hash == ValueHash{}) return {0, 1};
  return {hash.high, hash.low};
}

}  // namespace oncegate
