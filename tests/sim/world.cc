#include "tests/sim/world.h"

#include <algorithm>

#include "dedupe/types/check.h"
#include "tests/sim/oracle.h"

namespace oncegate::sim {
namespace {

std::uint64_t HashText(std::uint64_t seed, std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U ^ seed;
  for (const char character : text) {
    hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3U;
  }
  return hash ^ (hash >> 31);
}

}  // namespace

Fingerprint FingerprintOfText(Operation operation, std::string_view key,
                              const std::optional<Version>& version, std::string_view value) {
  std::string text(operation == Operation::kDelete ? "d" : "u");
  text.append(key).append("|").append(version ? ToDecimal(*version) : "").append("|").append(value);
  return {HashText(1, text), HashText(2, text) | 1};
}

World::World(std::uint64_t seed, std::size_t trace_lines, std::FILE* follow)
    : trace(trace_lines, follow),
      scheduler(seed, &trace),
      oracle(std::make_unique<Oracle>(this)),
      database(
          [this](const std::string& name, const Cell* cell) { oracle->OnCommitted(name, cell); },
          [this](const Transaction& transaction) { oracle->OnLanded(transaction); }) {}

World::~World() = default;

void World::Reach(std::string_view label) {
  if (!ambushes.empty() && scheduler.IsInFiber() && scheduler.current_owner() >= 0) {
    auto& [calls, fault] = ambushes.front();
    if (calls-- == 0) {
      scheduler.At(scheduler.now(),
                   [fault = std::move(fault), owner = scheduler.current_owner()] { fault(owner); });
      ambushes.erase(ambushes.begin());
    }
  }
  scheduler.Point(label);
}

const SimStream& World::StreamNamed(std::string_view name) const {
  const auto found = std::find_if(streams.begin(), streams.end(), [name](const SimStream& stream) {
    return stream.spec.name == name;
  });
  CHECK(found != streams.end());
  return *found;
}

bool World::HasJournal() const {
  return std::any_of(streams.begin(), streams.end(), [](const SimStream& stream) {
    return stream.spec.ack == Acknowledgement::kJournal;
  });
}

}  // namespace oncegate::sim
