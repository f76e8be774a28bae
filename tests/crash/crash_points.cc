#include "tests/crash/crash_points.h"

#include <unistd.h>

#include <charconv>
#include <csignal>

namespace oncegate::crash {

std::string_view ToString(Step step) {
  switch (step) {
    case Step::kConnect:
      return "connect";
    case Step::kListStreams:
      return "list_streams";
    case Step::kEnsureStream:
      return "ensure_stream";
    case Step::kAddColumns:
      return "add_columns";
    case Step::kBegin:
      return "begin";
    case Step::kReadLedger:
      return "read_ledger";
    case Step::kWriteLedger:
      return "write_ledger";
    case Step::kClaimIds:
      return "claim_ids";
    case Step::kUpsertRows:
      return "upsert_rows";
    case Step::kWriteDeadLetters:
      return "write_dead_letters";
    case Step::kLockDeadLetters:
      return "lock_dead_letters";
    case Step::kDeleteDeadLetters:
      return "delete_dead_letters";
    case Step::kCommit:
      return "commit";
    case Step::kListProducers:
      return "list_producers";
    case Step::kCountProducers:
      return "count_producers";
    case Step::kCountIds:
      return "count_ids";
    case Step::kSweepIds:
      return "sweep_ids";
    case Step::kIndexReadProducer:
      return "index_read_producer";
    case Step::kIndexReadFingerprints:
      return "index_read_fingerprints";
    case Step::kIndexReadIds:
      return "index_read_ids";
    case Step::kIndexWrite:
      return "index_write";
    case Step::kIndexEraseProducer:
      return "index_erase_producer";
    case Step::kIndexEraseIds:
      return "index_erase_ids";
    case Step::kIndexSweepFingerprints:
      return "index_sweep_fingerprints";
    case Step::kIndexReadCursor:
      return "index_read_cursor";
    case Step::kIndexWriteCursor:
      return "index_write_cursor";
    case Step::kIndexAppendAudit:
      return "index_append_audit";
  }
  return "";
}

std::string ToString(const CrashPoint& point) {
  const char* side = point.side == Side::kBefore ? ".before" : ".after";
  return std::string(ToString(point.step)) + side;
}

std::optional<std::pair<CrashPoint, int>> ParseCrashPoint(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  int hit = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, hit);
  if (error != std::errc() || rest != end) return std::nullopt;
  for (std::size_t step = 0; step < kStepCount; ++step) {
    for (const Side side : {Side::kBefore, Side::kAfter}) {
      const CrashPoint point{static_cast<Step>(step), side};
      if (ToString(point) == text.substr(0, colon)) return std::pair(point, hit);
    }
  }
  return std::nullopt;
}

void CrashPoints::Reach(const CrashPoint& point) {
  if (point != point_ || left_.fetch_sub(1) != 1) return;
  // SIGKILL runs no handler and flushes nothing: to the sink and the disk it is the death of the
  // process at this very place.
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

}  // namespace oncegate::crash
