// World: everything that the parts of one simulated run share. Plain members, wired up by Run.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/ingest/stream.h"
#include "tests/sim/database.h"
#include "tests/sim/event_book.h"
#include "tests/sim/happenings.h"
#include "tests/sim/scheduler.h"

namespace oncegate::sim {

class Oracle;

/// How keys are shared in a stream; decides how sharply the oracle can look.
enum class KeySharing : std::uint8_t {
  kOwnKey,       // Every event writes a row of its own.
  kOneProducer,  // The events of one producer share keys.
  kAllProducers,
};

struct SimStream {
  StreamSpec spec;
  KeySharing keys = KeySharing::kOwnKey;
  bool uses_after = false;    // Monotonic streams.
  bool is_mended = false;     // The sink takes by now what it used to refuse.
  bool one_instance = false;  // Each producer stays with one, as design.md advises.
  bool expires = false;       // Retention is short enough to end within the run.
};

/// Chances in permille, per call; all zero once the faults have ended.
struct FaultRates {
  std::uint64_t connection_lost = 0;
  std::uint64_t lock_timeout = 0;
  std::uint64_t commit_refused = 0;
  std::uint64_t commit_in_doubt = 0;
  std::uint64_t index_write = 0;
  std::uint64_t index_reopen = 0;
  std::uint64_t journal_write = 0;
  std::uint64_t journal_sync = 0;
  std::uint64_t journal_reopen = 0;
  std::uint64_t reply_lost = 0;
  std::uint64_t request_duplicated = 0;
};

/// Small, so that every bound is met.
struct Bounds {
  std::size_t lane_bytes = 64 * 1024 * 1024;
  std::uint64_t journal_bytes = 0;
  Milliseconds journal_age{0};
};

struct World {
  World(std::uint64_t seed, std::size_t trace_lines, std::FILE* follow);
  ~World();

  /// Lets a fault lie in wait for the process that makes one of the next calls to the sink or the
  /// journal, since at a random time most processes do nothing. It strikes before that process
  /// makes another step.
  void LieInWait(std::uint64_t calls, std::function<void(int owner)> fault) {
    ambushes.emplace_back(calls, std::move(fault));
  }
  /// A scheduling point at which a fault may lie in wait.
  void Reach(std::string_view label);
  const SimStream& StreamNamed(std::string_view name) const;
  bool HasJournal() const;

  void Count(Happening happening) {
    happenings.Count(happening);
    scheduler.Note(kHappeningNames[static_cast<std::size_t>(happening)]);
  }

  Trace trace;
  Scheduler scheduler;
  Happenings happenings;
  FaultRates rates;
  Bounds bounds;
  std::vector<SimStream> streams;
  EventBook book;
  std::unique_ptr<Oracle> oracle;
  Database database;
  SteadyTime sink_away_until{};
  std::uint64_t connection_generation = 0;  // Connections of an older one are broken.
  std::chrono::microseconds wall_offset{0};
  std::set<std::string> sealed;  // Streams in which an administrator raised floors.
  std::set<std::string> bumped;  // Ledger rows of producers that asked for an epoch.
  std::set<Uid> in_doubt;        // Events whose COMMIT got no answer, until one of them settles.
  std::vector<std::pair<std::uint64_t, std::function<void(int owner)>>> ambushes;
  std::uint64_t lineages = 0;  // How often the sink was put back.
};

}  // namespace oncegate::sim
