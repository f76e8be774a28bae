#include "sinks/kafka/ids.h"

#include <optional>
#include <string>

#include "sinks/kafka/records.h"

namespace oncegate::kafka {
namespace {

SinkError Unreadable(std::string_view stream) {
  return {SinkErrorClass::kStream,
          "an id of stream \"" + std::string(stream) + "\" can not be read", ""};
}

}  // namespace

SinkStatus ClaimIds(std::string_view stream, std::span<const IdClaim> claims, WallTime now,
                    Transaction* transaction, std::vector<IdOutcome>* outcomes) {
  outcomes->assign(claims.size(), IdOutcome{});
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const std::string key = RecordKey(RecordKind::kId, stream, claims[i].id);
    if (SinkStatus locked = transaction->Lock(key); !locked) return locked;
    const std::optional<std::string> stored = transaction->Find(key);
    if (!stored) {
      (*outcomes)[i].fresh = true;
      transaction->Put(key, EncodeIdMark({claims[i].fingerprint, now}));
      continue;
    }
    const std::optional<IdMark> mark = DecodeIdMark(*stored);
    if (!mark) return Unreadable(stream);
    (*outcomes)[i].stored = mark->fingerprint;
    (*outcomes)[i].committed_at = mark->committed_at;
  }
  return {};
}

SinkResult<IdSweepResult> SweepIds(const IdSweep& sweep, Transaction* transaction) {
  const std::string prefix = KeyPrefix(RecordKind::kId, sweep.stream);
  IdSweepResult result;
  std::uint32_t looked_at = 0;
  std::string last;
  bool readable = true;
  const auto look = [&](std::string_view key, const std::string& value) {
    if (looked_at == sweep.limit) {
      result.next = last;
      return false;
    }
    ++looked_at;
    last = key.substr(prefix.size());
    const std::optional<IdMark> mark = DecodeIdMark(value);
    readable = readable && mark.has_value();
    if (mark && mark->committed_at < sweep.cutoff) result.ids.push_back(last);
    return readable;
  };
  const std::string after = sweep.after.empty() ? "" : prefix + std::string(sweep.after);
  transaction->view().Scan(prefix, after, look);
  if (!readable) return Unreadable(sweep.stream);
  if (sweep.dry_run) return result;
  std::vector<std::string> swept;
  for (std::string& id : result.ids) {
    if (SinkStatus locked = transaction->Lock(prefix + id); !locked) return locked.error();
    // It was seen without the lock: another sweep may have taken it, and an event claimed it anew.
    const std::optional<std::string> stored = transaction->Find(prefix + id);
    const std::optional<IdMark> mark = stored ? DecodeIdMark(*stored) : std::nullopt;
    if (!mark || mark->committed_at >= sweep.cutoff) continue;
    transaction->Put(prefix + id, std::nullopt);
    swept.push_back(std::move(id));
  }
  result.ids = std::move(swept);
  return result;
}

}  // namespace oncegate::kafka
