// RecordCache: the records that were read or written last, as they stand in LevelDB. A service
// whose producers take turns asks for the same few thousand records over and over, and looking them
// up in LevelDB's list of what was written costs several times as much.
//
// What it answers is what LevelDB would have answered, if its owner keeps three rules: Put and Drop
// follow a write that succeeded, before the next write begins; Fill brings the ticket that Find
// gave before LevelDB was asked; and Clear is called while the database is closed.
//
// A record lies in one of the few slots of the set that its key is hashed to and displaces the
// oldest of them. So the size is fixed, nothing is allocated after construction, and a record that
// is of no use costs three cache lines: where every event is of another producer, a list by last
// use was as slow as what it should save. Thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace oncegate::store {

class RecordCache {
 public:
  /// Key and value of a record that is kept; a larger one is looked up in LevelDB every time.
  static constexpr std::size_t kRecordBytesMax = 508;

  /// `bytes_max`: for the slots; rounded down, but to a few KiB at least.
  explicit RecordCache(std::size_t bytes_max);

  /// The state of a set when a record was not in it.
  struct Ticket {
    std::uint32_t changes = 0;
  };

  /// Stores the value in *value; if it is not held, returns false and sets *ticket.
  bool Find(std::string_view key, std::string* value, Ticket* ticket);
  /// Takes what LevelDB answered, unless a write since `ticket` may have changed the answer.
  void Fill(std::string_view key, std::string_view value, Ticket ticket);
  void Put(std::string_view key, std::string_view value);
  void Drop(std::string_view key);
  void Clear();

 private:
  static constexpr std::size_t kWays = 8;
  using Tag = std::uint16_t;  // Of the hash of the key; 0: the slot is empty.

  struct alignas(64) Set {
    std::mutex mutex;           // Guards the rest and the set's slots.
    std::uint32_t changes = 0;  // Counts Put, Drop and Clear.
    std::array<Tag, kWays> tags{};
    std::uint8_t next_way = 0;
  };
  struct Slot {
    std::uint16_t key_bytes;
    std::uint16_t value_bytes;
    std::array<char, kRecordBytesMax> bytes;  // The key, then the value.
    std::string_view Key() const { return {bytes.data(), key_bytes}; }
    std::string_view Value() const { return {bytes.data() + key_bytes, value_bytes}; }
  };
  /// Where a key belongs.
  struct Place {
    std::size_t set;
    Tag tag;
  };

  Place PlaceOf(std::string_view key) const;
  Slot& SlotOf(const Place& place, std::size_t way) { return slots_[place.set * kWays + way]; }
  /// The way that holds the key, or kWays. As the two below, under the set's mutex.
  std::size_t WayOf(const Place& place, std::string_view key);
  void Store(const Place& place, std::string_view key, std::string_view value);
  void Remove(const Place& place, std::string_view key);

  std::vector<Set> sets_;
  const std::unique_ptr<Slot[]> slots_;  // kWays for each set; touched as they are first used.
};

}  // namespace oncegate::store
