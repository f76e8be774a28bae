#include "server/ingest/group.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "dedupe/types/check.h"

namespace oncegate {
namespace {

struct SlotName {
  const StreamRuntime* stream;
  std::string_view producer;
  bool operator==(const SlotName&) const = default;
};

struct SlotNameHash {
  std::size_t operator()(const SlotName& name) const {
    return std::hash<std::string_view>{}(name.producer) * 31 +
           std::hash<const void*>{}(name.stream);
  }
};

/// Gives every event of a sequenced stream the number of its producer, in order of first arrival.
struct Numbering {
  std::vector<std::uint32_t> number_of_event;
  std::vector<SlotName> names;
};

constexpr std::uint32_t kNoSlot = UINT32_MAX;

Numbering NumberProducers(std::span<const GroupEvent> events) {
  Numbering numbering;
  numbering.number_of_event.reserve(events.size());
  std::unordered_map<SlotName, std::uint32_t, SlotNameHash> numbers;
  SlotName last{nullptr, {}};
  std::uint32_t last_number = kNoSlot;
  for (const GroupEvent& item : events) {
    if (!IsSequenced(item.stream->spec.mode)) {
      numbering.number_of_event.push_back(kNoSlot);
      continue;
    }
    const SlotName name{item.stream, item.event->producer};
    if (last_number == kNoSlot || !(name == last)) {
      const auto [found, fresh] =
          numbers.try_emplace(name, static_cast<std::uint32_t>(numbering.names.size()));
      if (fresh) numbering.names.push_back(name);
      last = name;
      last_number = found->second;
    }
    numbering.number_of_event.push_back(last_number);
  }
  return numbering;
}

}  // namespace

Group::Group(std::vector<Part> group_parts) : parts(std::move(group_parts)) {
  for (std::uint32_t p = 0; p < parts.size(); ++p) {
    const Part& part = parts[p];
    streams.push_back(part.stream.get());
    for (const std::uint32_t position : part.events) {
      GroupEvent item;
      item.event = &part.batch->events[position];
      item.stream = part.stream.get();
      item.part = p;
      events.push_back(std::move(item));
    }
  }
  const auto by_name = [](const StreamRuntime* a, const StreamRuntime* b) {
    return a->spec.name < b->spec.name;
  };
  std::sort(streams.begin(), streams.end(), by_name);
  streams.erase(std::unique(streams.begin(), streams.end()), streams.end());

  const Numbering numbering = NumberProducers(events);
  std::vector<std::uint32_t> order(numbering.names.size());
  std::iota(order.begin(), order.end(), 0);
  const auto key_of = [&](std::uint32_t number) {
    const SlotName& name = numbering.names[number];
    return ProducerKey{name.stream->spec.name, name.producer};
  };
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return key_of(a) < key_of(b); });

  std::vector<std::uint32_t> slot_of_number(order.size());
  slots.resize(order.size());
  for (std::uint32_t s = 0; s < order.size(); ++s) {
    slot_of_number[order[s]] = s;
    slots[s].key = key_of(order[s]);
    slots[s].stream = const_cast<StreamRuntime*>(numbering.names[order[s]].stream);
  }
  for (const std::uint32_t number : numbering.number_of_event) {
    if (number != kNoSlot) ++slots[slot_of_number[number]].events_end;
  }
  std::uint32_t begin = 0;
  for (ProducerSlot& slot : slots) {
    slot.events_begin = begin;
    begin += slot.events_end;
    slot.events_end = slot.events_begin;
  }
  slot_events.resize(begin);
  for (std::uint32_t e = 0; e < events.size(); ++e) {
    const std::uint32_t number = numbering.number_of_event[e];
    if (number != kNoSlot) slot_events[slots[slot_of_number[number]].events_end++] = e;
  }
}

bool Group::IsAtomic() const { return parts.size() == 1 && parts.front().batch->atomic; }

std::span<const std::uint32_t> Group::EventsOf(const ProducerSlot& slot) const {
  return std::span(slot_events).subspan(slot.events_begin, slot.events_end - slot.events_begin);
}

}  // namespace oncegate
