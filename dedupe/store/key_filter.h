// KeyFilter: tells of most keys that were never added that they were not, from one cache line
// (a Bloom filter in blocks of 512 bits). Sized for a number of keys; beyond it more and more
// absent keys look as if they might be there, but a key that was added is never denied.
//
// Thread-safe. A key may be asked for while it is added; the answer is either one then.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace oncegate::store {

class KeyFilter {
 public:
  /// Takes one and a half bytes a key; about one absent key in 150 looks present.
  explicit KeyFilter(std::uint64_t keys_max);

  void Add(std::string_view key);
  bool MayContain(std::string_view key) const;

  /// Calls of Add so far.
  std::uint64_t added() const { return added_.load(std::memory_order_relaxed); }
  bool IsOverfull() const { return added() > keys_max_; }

 private:
  static constexpr std::size_t kWordsPerBlock = 8;
  struct alignas(64) Block {
    std::array<std::atomic<std::uint64_t>, kWordsPerBlock> words{};
  };

  std::size_t BlockOf(std::uint64_t hash) const;

  const std::uint64_t keys_max_;
  const std::size_t block_count_;
  const std::unique_ptr<Block[]> blocks_;
  std::atomic<std::uint64_t> added_ = 0;
};

}  // namespace oncegate::store
