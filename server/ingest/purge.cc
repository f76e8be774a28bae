#include "server/ingest/purge.h"

#include <utility>

#include "dedupe/judge/lifecycle.h"
#include "server/config/limits.h"
#include "server/ingest/ledger_edit.h"

namespace oncegate {
namespace {

WallTime Before(WallTime now, std::chrono::seconds age) {
  return {now.microseconds - std::chrono::microseconds(age).count()};
}

}  // namespace

std::optional<std::string> CheckPurge(const PurgeRequest& request, const StreamSpec& stream) {
  const int selectors = request.producer.has_value() + request.producer_prefix.has_value() +
                        request.idle_longer_than.has_value() + request.ids_older_than.has_value();
  if (selectors != 1) {
    return "give exactly one of producer, producer_prefix, idle_longer_than and ids_older_than";
  }
  const PurgeMode mode = request.mode.value_or(PurgeMode::kSeal);
  if (request.ids_older_than) {
    if (stream.mode != DedupeMode::kId) return "the stream keeps no ids; select producers instead";
    if (request.mode && mode == PurgeMode::kSeal) return "ids can only be forgotten: mode forget";
    if (request.through_sequence) return "through_seq does not apply to ids";
    return std::nullopt;
  }
  if (!IsSequenced(stream.mode)) return "the stream keeps no producers";
  if (mode == PurgeMode::kForget && request.through_sequence &&
      stream.mode != DedupeMode::kWindow) {
    return "forget with through_seq would leave a hole in a strict or monotonic stream; forget the "
           "whole producer or seal it";
  }
  return std::nullopt;
}

PurgeRun::PurgeRun(const PurgeRequest& request, const StreamSpec& stream,
                   const Dependencies& dependencies)
    : request_(request),
      stream_(stream),
      dependencies_(dependencies),
      now_(dependencies.clock->Wall()) {}

PurgeMode PurgeRun::mode() const {
  return request_.mode.value_or(request_.ids_older_than ? PurgeMode::kForget : PurgeMode::kSeal);
}

bool PurgeRun::IsIdle(WallTime updated_at) const {
  return !request_.idle_longer_than || updated_at < Before(now_, *request_.idle_longer_than);
}

SinkResult<PurgeRun::Slice> PurgeRun::ListSlice(SinkSession* session,
                                                const std::string& after) const {
  Slice slice;
  if (request_.producer) {
    const SinkResult<LockedProducer> row = ReadLedgerRow(session, stream_.name, *request_.producer);
    if (!row) return row.error();
    if (row->state.known) slice.producers.push_back(*request_.producer);
    return slice;
  }
  LedgerQuery query;
  query.stream = stream_.name;
  if (request_.producer_prefix) query.prefix = *request_.producer_prefix;
  query.after = after;
  query.limit = static_cast<std::uint32_t>(limits::kSweepSlice);
  SinkResult<std::vector<ListedProducer>> listed = session->ListProducers(query);
  if (!listed) return listed.error();
  if (listed->size() == query.limit) slice.next = listed->back().producer;
  for (ListedProducer& item : *listed) {
    if (IsIdle(item.row.updated_at)) slice.producers.push_back(std::move(item.producer));
  }
  return slice;
}

SinkResult<IdSweepResult> PurgeRun::SweepIds(SinkSession* session, const std::string& after,
                                             bool dry_run) const {
  IdSweep sweep;
  sweep.stream = stream_.name;
  sweep.cutoff = Before(now_, *request_.ids_older_than);
  sweep.after = after;
  sweep.limit = static_cast<std::uint32_t>(limits::kSweepSlice);
  sweep.dry_run = dry_run;
  return session->SweepIds(sweep);
}

SinkResult<PurgeReport> PurgeRun::Plan(SinkSession* session, std::uint64_t count_max) {
  PurgeReport report;
  report.mode = mode();
  report.dry_run = request_.dry_run;
  std::string after;
  do {
    std::vector<std::string> names;
    if (request_.ids_older_than) {
      SinkResult<IdSweepResult> swept = SweepIds(session, after, true);
      if (!swept) return swept.error();
      names = std::move(swept->ids);
      report.ids += names.size();
      after = swept->next;
    } else {
      SinkResult<Slice> slice = ListSlice(session, after);
      if (!slice) return slice.error();
      names = std::move(slice->producers);
      report.producers += names.size();
      after = slice->next;
    }
    for (std::string& name : names) {
      if (report.sample.size() == kPurgeSampleMax) break;
      report.sample.push_back(std::move(name));
    }
  } while (!after.empty() && report.producers + report.ids <= count_max);
  return report;
}

SinkStatus PurgeRun::ForgetLettersOfIds(SinkSession* session) const {
  // Before the ids, so that a letter whose id is new again is never seen.
  const SinkResult<IdSweepResult> planned = SweepIds(session, cursor_, true);
  if (!planned) return planned.error();
  if (planned->ids.empty()) return {};
  if (SinkStatus begun = session->Begin(); !begun) return begun;
  DeadLetterOwners owners;
  owners.stream = stream_.name;
  owners.event_ids = planned->ids;
  const SinkResult<std::uint64_t> forgotten = session->ForgetDeadLetters(owners);
  if (!forgotten) return forgotten.error();
  return CommitOrError(session);
}

SinkResult<bool> PurgeRun::DoSlice(SinkSession* session) {
  if (request_.ids_older_than) {
    if (const SinkStatus forgotten = ForgetLettersOfIds(session); !forgotten) {
      return forgotten.error();
    }
    SinkResult<IdSweepResult> swept = SweepIds(session, cursor_, false);
    if (!swept) return swept.error();
    const std::vector<std::string_view> ids(swept->ids.begin(), swept->ids.end());
    // A failed erase leaves beliefs that the ledger corrects.
    static_cast<void>(dependencies_.index->EraseIds(IndexNameOf(stream_), ids));
    done_ += swept->ids.size();
    cursor_ = swept->next;
    return cursor_.empty();
  }
  const SinkResult<Slice> slice = ListSlice(session, cursor_);
  if (!slice) return slice.error();
  const auto edit = [this](const std::string&,
                           const LockedProducer& locked) -> std::optional<ProducerState> {
    if (!locked.state.known || !IsIdle(locked.updated_at)) return std::nullopt;
    return mode() == PurgeMode::kForget ? ForgetWindow(locked.state, request_.through_sequence)
                                        : SealWindow(locked.state, request_.through_sequence);
  };
  WorkAlong forget_letters;
  if (mode() == PurgeMode::kForget) {
    // What is new again must not be replayed, too.
    forget_letters = [this](SinkSession* along,
                            std::span<const std::string> producers) -> SinkStatus {
      DeadLetterOwners owners;
      owners.stream = stream_.name;
      owners.producers = producers;
      if (request_.through_sequence) owners.through_sequence = *request_.through_sequence;
      const SinkResult<std::uint64_t> forgotten = along->ForgetDeadLetters(owners);
      if (!forgotten) return forgotten.error();
      return {};
    };
  }
  const SinkResult<EditReport> edited = EditLedger(session, stream_.name, slice->producers, now_,
                                                   dependencies_.random, edit, forget_letters);
  if (!edited) return edited.error();
  for (const std::string& producer : slice->producers) {
    static_cast<void>(dependencies_.index->EraseProducer({IndexNameOf(stream_), producer}));
  }
  done_ += slice->producers.size();
  cursor_ = slice->next;
  return cursor_.empty();
}

}  // namespace oncegate
