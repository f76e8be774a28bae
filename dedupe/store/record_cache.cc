#include "dedupe/store/record_cache.h"

#include <xxhash.h>

#include <algorithm>
#include <bit>

namespace oncegate::store {

RecordCache::RecordCache(std::size_t bytes_max)
    : sets_(std::bit_floor(std::max<std::size_t>(bytes_max / (kWays * sizeof(Slot)), 1))),
      slots_(std::make_unique_for_overwrite<Slot[]>(sets_.size() * kWays)) {}

RecordCache::Place RecordCache::PlaceOf(std::string_view key) const {
  const std::uint64_t hash = XXH3_64bits(key.data(), key.size());
  return {hash & (sets_.size() - 1), static_cast<Tag>(std::max<std::uint64_t>(hash >> 48, 1))};
}

bool RecordCache::Find(std::string_view key, std::string* value, Ticket* ticket) {
  const Place place = PlaceOf(key);
  const std::lock_guard guard(sets_[place.set].mutex);
  const std::size_t way = WayOf(place, key);
  if (way == kWays) {
    ticket->changes = sets_[place.set].changes;
    return false;
  }
  value->assign(SlotOf(place, way).Value());
  return true;
}

void RecordCache::Fill(std::string_view key, std::string_view value, Ticket ticket) {
  const Place place = PlaceOf(key);
  const std::lock_guard guard(sets_[place.set].mutex);
  if (sets_[place.set].changes == ticket.changes) Store(place, key, value);
}

void RecordCache::Put(std::string_view key, std::string_view value) {
  const Place place = PlaceOf(key);
  const std::lock_guard guard(sets_[place.set].mutex);
  ++sets_[place.set].changes;
  Store(place, key, value);
}

void RecordCache::Drop(std::string_view key) {
  const Place place = PlaceOf(key);
  const std::lock_guard guard(sets_[place.set].mutex);
  ++sets_[place.set].changes;
  Remove(place, key);
}

void RecordCache::Clear() {
  for (Set& set : sets_) {
    const std::lock_guard guard(set.mutex);
    ++set.changes;
    set.tags.fill(0);
  }
}

std::size_t RecordCache::WayOf(const Place& place, std::string_view key) {
  const Set& set = sets_[place.set];
  for (std::size_t way = 0; way < kWays; ++way) {
    if (set.tags[way] == place.tag && SlotOf(place, way).Key() == key) return way;
  }
  return kWays;
}

void RecordCache::Store(const Place& place, std::string_view key, std::string_view value) {
  if (key.size() + value.size() > kRecordBytesMax) return Remove(place, key);
  Set& set = sets_[place.set];
  std::size_t way = WayOf(place, key);
  if (way == kWays) {
    way = set.next_way;
    set.next_way = static_cast<std::uint8_t>((way + 1) % kWays);
  }
  set.tags[way] = place.tag;
  Slot& slot = SlotOf(place, way);
  slot.key_bytes = static_cast<std::uint16_t>(key.size());
  slot.value_bytes = static_cast<std::uint16_t>(value.size());
  std::copy(value.begin(), value.end(), std::copy(key.begin(), key.end(), slot.bytes.begin()));
}

void RecordCache::Remove(const Place& place, std::string_view key) {
  const std::size_t way = WayOf(place, key);
  if (way != kWays) sets_[place.set].tags[way] = 0;
}

}  // namespace oncegate::store
