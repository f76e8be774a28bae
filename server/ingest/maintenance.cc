#include "server/ingest/maintenance.h"

#include <algorithm>
#include <utility>

#include "dedupe/judge/lifecycle.h"
#include "server/config/limits.h"
#include "server/ingest/ledger_edit.h"

namespace oncegate {
namespace {

// Between two slices, so that a sweep takes a small share of the sink.
constexpr std::chrono::milliseconds kSlicePause{10};
// How soon a stream that somebody made is noticed.
constexpr std::chrono::seconds kIdlePoll{1};

WallTime Before(WallTime now, std::chrono::seconds age) {
  return {now.microseconds - std::chrono::microseconds(age).count()};
}

std::chrono::seconds RetentionOf(const StreamSpec& spec) {
  return spec.mode == DedupeMode::kId ? spec.id_retention : spec.producer_retention;
}

/// There is something that can expire.
bool HasLedger(const StreamSpec& spec) {
  return IsSequenced(spec.mode) || spec.mode == DedupeMode::kId;
}

}  // namespace

std::chrono::milliseconds PassInterval(std::chrono::seconds retention) {
  return std::clamp<std::chrono::milliseconds>(retention / 10, std::chrono::seconds(1),
                                               std::chrono::hours(1));
}

Maintenance::Maintenance(Settings settings, const IngestDependencies& dependencies,
                         StreamRegistry* registry,
                         std::function<SinkStatus(SinkSession*)> refresh_catalogue)
    : settings_(std::move(settings)),
      dependencies_(dependencies),
      registry_(registry),
      refresh_catalogue_(std::move(refresh_catalogue)) {}

SinkResult<SteadyTime> Maintenance::RunSlice(SinkSession* session) {
  if (!catalogue_loaded_) {
    if (const SinkStatus loaded = refresh_catalogue_(session); !loaded) return loaded.error();
    catalogue_loaded_ = true;
  }
  const SteadyTime now = dependencies_.clock->Now();
  if (settings_.sweeps_fingerprints && now >= fingerprints_due_) SweepFingerprints();
  SteadyTime next = now + kIdlePoll;
  for (const std::shared_ptr<StreamRuntime>& stream : registry_->ListOn(settings_.sink)) {
    const StreamSpec& spec = stream->spec;
    if (spec.target.kind == TargetKind::kColumns && stream->ensured) {
      Pass& guards = guard_passes_[spec.name];
      if (now >= guards.due) {
        if (const SinkStatus swept = SweepGuards(session, spec, &guards); !swept) {
          return swept.error();
        }
        if (guards.running) next = now + kSlicePause;
      }
    }
    Pass& pass = passes_[spec.name];
    if (now < pass.due) continue;
    if (const SinkStatus swept = SweepStream(session, stream.get(), &pass); !swept) {
      return swept.error();
    }
    if (pass.running) next = now + kSlicePause;
  }
  return next;
}

std::string Maintenance::CursorName(const StreamSpec& spec) const {
  return "expire/" + settings_.sink + "/" + spec.name;
}

SinkStatus Maintenance::SweepStream(SinkSession* session, StreamRuntime* stream, Pass* pass) {
  const StreamSpec& spec = stream->spec;
  if (!pass->counted) {
    if (SinkStatus counted = Count(session, stream); !counted) return counted;
    pass->counted = true;
  }
  if (!HasLedger(spec)) {
    pass->counted = false;
    pass->due = dependencies_.clock->Now() + PassInterval(RetentionOf(spec));
    return {};
  }
  if (!pass->running) {
    const Result<std::string> cursor = dependencies_.index->ReadCursor(CursorName(spec));
    pass->cursor = cursor ? *cursor : std::string();
    pass->running = true;
  }
  const SinkResult<std::string> next = spec.mode == DedupeMode::kId
                                           ? ExpireIds(session, spec, pass->cursor)
                                           : ExpireProducers(session, spec, pass->cursor);
  if (!next) return next.error();
  pass->cursor = *next;
  // Losing the cursor only makes the next pass start over.
  static_cast<void>(dependencies_.index->WriteCursor(CursorName(spec), pass->cursor));
  if (pass->cursor.empty()) {
    pass->running = false;
    pass->counted = false;
    pass->due = dependencies_.clock->Now() + PassInterval(RetentionOf(spec));
  }
  return {};
}

SinkResult<std::string> Maintenance::ExpireProducers(SinkSession* session, const StreamSpec& spec,
                                                     const std::string& after) {
  const WallTime now = dependencies_.clock->Wall();
  const WallTime cutoff = Before(now, spec.producer_retention);
  LedgerQuery query;
  query.stream = spec.name;
  query.after = after;
  query.limit = static_cast<std::uint32_t>(limits::kSweepSlice);
  const SinkResult<std::vector<ListedProducer>> listed = session->ListProducers(query);
  if (!listed) return listed.error();
  std::vector<std::string> idle;
  for (const ListedProducer& item : *listed) {
    if (item.row.updated_at >= cutoff) continue;
    const SinkResult<LockedProducer> row = DecodeLedgerRow(spec.name, item.row);
    if (!row) return row.error();
    if (!IsTombstone(row->state)) idle.push_back(item.producer);
  }
  const auto edit = [cutoff](const std::string&,
                             const LockedProducer& locked) -> std::optional<ProducerState> {
    // Asked again on the locked row: the producer may have sent something meanwhile.
    if (!locked.state.known || locked.updated_at >= cutoff || IsTombstone(locked.state)) {
      return std::nullopt;
    }
    return Tombstone(locked.state);
  };
  const SinkResult<EditReport> edited =
      EditLedger(session, spec.name, idle, now, dependencies_.random, edit);
  if (!edited) return edited.error();
  for (const std::string& producer : idle) {
    static_cast<void>(dependencies_.index->EraseProducer({IndexNameOf(spec), producer}));
  }
  return listed->size() == query.limit ? listed->back().producer : std::string();
}

SinkResult<std::string> Maintenance::ExpireIds(SinkSession* session, const StreamSpec& spec,
                                               const std::string& after) {
  IdSweep sweep;
  sweep.stream = spec.name;
  sweep.cutoff = Before(dependencies_.clock->Wall(), spec.id_retention);
  sweep.after = after;
  sweep.limit = static_cast<std::uint32_t>(limits::kSweepSlice);
  SinkResult<IdSweepResult> swept = session->SweepIds(sweep);
  if (!swept) return swept.error();
  const std::vector<std::string_view> ids(swept->ids.begin(), swept->ids.end());
  static_cast<void>(dependencies_.index->EraseIds(IndexNameOf(spec), ids));
  return swept->next;
}

SinkStatus Maintenance::SweepGuards(SinkSession* session, const StreamSpec& spec, Pass* pass) {
  GuardSweep sweep;
  sweep.stream = spec.name;
  sweep.cutoff = Before(dependencies_.clock->Wall(), spec.producer_retention);
  sweep.after = pass->cursor;
  sweep.limit = static_cast<std::uint32_t>(limits::kSweepSlice);
  SinkResult<std::string> next = session->SweepGuards(sweep);
  if (!next) return next.error();
  pass->cursor = *next;
  pass->running = !pass->cursor.empty();
  if (!pass->running) {
    pass->due = dependencies_.clock->Now() + PassInterval(spec.producer_retention);
  }
  return {};
}

SinkStatus Maintenance::Count(SinkSession* session, StreamRuntime* stream) {
  const SinkResult<std::uint64_t> letters = session->CountDeadLetters(stream->spec.name);
  if (!letters) return letters.error();
  stream->dead_letters = *letters;
  stream->observer->SetDeadLetters(*letters);
  if (!HasLedger(stream->spec)) return {};
  if (stream->spec.mode == DedupeMode::kId) {
    const SinkResult<std::uint64_t> ids = session->CountIds(stream->spec.name);
    if (!ids) return ids.error();
    stream->ids = *ids;
    stream->observer->SetIds(*ids);
    return {};
  }
  const SinkResult<std::uint64_t> producers = session->CountProducers(stream->spec.name);
  if (!producers) return producers.error();
  stream->producers = *producers;
  stream->observer->SetProducers(*producers);
  return {};
}

void Maintenance::SweepFingerprints() {
  const WallTime cutoff = Before(dependencies_.clock->Wall(), settings_.fingerprint_retention);
  const Result<SweepResult> swept =
      dependencies_.index->SweepFingerprints(cutoff, limits::kSweepSlice);
  // Over its budget the sweep goes round and round until enough is gone.
  const bool rests = !swept || (swept->wrapped && !swept->over_budget);
  fingerprints_due_ = dependencies_.clock->Now() +
                      (rests ? PassInterval(settings_.fingerprint_retention) : kSlicePause);
}

}  // namespace oncegate
