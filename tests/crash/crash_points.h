// CrashPoints: the named places where the service of the crash tests ends itself by SIGKILL.
//
// A step is a call that the service makes of its sink or of its index; before and after each of
// them is a point. CRASH_POINT=commit.before:3 in the environment ends the process when the point
// is reached for the third time, whatever thread gets there.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace oncegate::crash {

enum class Step : std::uint8_t {
  kConnect,
  kListStreams,
  kEnsureStream,
  kAddColumns,
  kBegin,
  kReadLedger,
  kWriteLedger,
  kClaimIds,
  kUpsertRows,
  kWriteDeadLetters,
  kLockDeadLetters,
  kDeleteDeadLetters,
  kCommit,
  kListProducers,
  kCountProducers,
  kCountIds,
  kSweepIds,
  kIndexReadProducer,
  kIndexReadFingerprints,
  kIndexReadIds,
  kIndexWrite,
  kIndexEraseProducer,
  kIndexEraseIds,
  kIndexSweepFingerprints,
  kIndexReadCursor,
  kIndexWriteCursor,
  kIndexAppendAudit,
};
inline constexpr std::size_t kStepCount = static_cast<std::size_t>(Step::kIndexAppendAudit) + 1;

std::string_view ToString(Step step);

enum class Side : std::uint8_t { kBefore, kAfter };

struct CrashPoint {
  Step step = Step::kCommit;
  Side side = Side::kBefore;
  friend bool operator==(const CrashPoint&, const CrashPoint&) = default;
};

/// "commit.before"
std::string ToString(const CrashPoint& point);
/// "commit.before:3"
std::optional<std::pair<CrashPoint, int>> ParseCrashPoint(std::string_view text);

/// Thread-safe.
class CrashPoints {
 public:
  /// The `hit`-th time that `point` is reached is the last; 0: never.
  CrashPoints(CrashPoint point, int hit) : point_(point), left_(hit) {}

  void Reach(const CrashPoint& point);

 private:
  const CrashPoint point_;
  std::atomic<int> left_;
};

/// Reaches both sides of a step.
template <typename Call>
auto Through(CrashPoints* points, Step step, Call call) {
  points->Reach({step, Side::kBefore});
  auto result = call();
  points->Reach({step, Side::kAfter});
  return result;
}

}  // namespace oncegate::crash
