#include "dedupe/store/key_filter.h"

#include <xxhash.h>

namespace oncegate::store {
namespace {

constexpr std::uint64_t kBitsPerKey = 12;
constexpr std::uint64_t kFilterBlockBits = 512;

/// The bit of a key in each of the eight words of its block: six bits of the hash for each.
std::uint64_t BitOf(std::uint64_t hash, std::size_t word) {
  return std::uint64_t{1} << ((hash >> (6 * word)) & 63U);
}

XXH128_hash_t HashOf(std::string_view key) { return XXH3_128bits(key.data(), key.size()); }

}  // namespace

KeyFilter::KeyFilter(std::uint64_t keys_max)
    : keys_max_(keys_max),
      block_count_(keys_max * kBitsPerKey / kFilterBlockBits + 1),
      blocks_(std::make_unique<Block[]>(block_count_)) {}

std::size_t KeyFilter::BlockOf(std::uint64_t hash) const {
  // The high half of the product is evenly spread over 0 … block_count_ - 1.
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::size_t>((static_cast<Wide>(hash) * block_count_) >> 64);
}

void KeyFilter::Add(std::string_view key) {
  const XXH128_hash_t hash = HashOf(key);
  Block& block = blocks_[BlockOf(hash.high64)];
  for (std::size_t word = 0; word < kWordsPerBlock; ++word) {
    block.words[word].fetch_or(BitOf(hash.low64, word), std::memory_order_relaxed);
  }
  added_.fetch_add(1, std::memory_order_relaxed);
}

bool KeyFilter::MayContain(std::string_view key) const {
  const XXH128_hash_t hash = HashOf(key);
  const Block& block = blocks_[BlockOf(hash.high64)];
  for (std::size_t word = 0; word < kWordsPerBlock; ++word) {
    if ((block.words[word].load(std::memory_order_relaxed) & BitOf(hash.low64, word)) == 0) {
      return false;
    }
  }
  return true;
}

}  // namespace oncegate::store
