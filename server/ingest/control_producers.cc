// The part of ControlService that reads, lists and bumps producers, in all sinks of their stream.
#include <map>
#include <utility>

#include "server/ingest/control_service.h"
#include "server/ingest/journal.h"
#include "server/ingest/ledger_edit.h"
#include "server/ingest/producer_bump.h"
#include "server/ingest/producer_report.h"

namespace oncegate {

void ControlService::ReadProducer(const std::string& stream, const std::string& producer,
                                  SteadyTime deadline, ControlCallback<ProducerReport> done) {
  struct Reading {
    std::shared_ptr<StreamRuntime> stream;
    std::optional<ProducerState> accepted;
    std::vector<LockedProducer> rows;  // Of the sinks that were asked.
  };
  auto reading = std::make_shared<Reading>();
  StreamCall call;
  call.stream = stream;
  call.deadline = deadline;
  call.refuse = [done](ControlError error) { done(std::move(error)); };
  call.work = [=, this](SinkSession* session, const StreamSpec& spec) -> SinkResult<Progress> {
    if (!IsSequenced(spec.mode)) {
      done(NotFound("the stream has no sequences"));
      return Progress::kAnswered;
    }
    if (reading->rows.empty() && journal_ != nullptr) {
      reading->accepted = journal_->Accepted(spec.name, producer);
    }
    SinkResult<LockedProducer> row = ReadLedgerRow(session, spec.name, producer);
    if (!row) return row.error();
    reading->rows.push_back(std::move(*row));
    return Progress::kNextSink;
  };
  call.finish = [=, this] {
    const StreamSpec& spec = registry_->Find(stream)->spec;
    if (reading->accepted && !IsKnown(reading->rows)) {
      reading->rows.front() = OnlyAccepted(*reading->accepted, dependencies_.clock->Wall());
    }
    if (!IsKnown(reading->rows)) return done(NotFound("the stream knows no such producer"));
    ProducerReport report = MakeReport(spec, producer, reading->rows);
    if (spec.ack == Acknowledgement::kJournal) {
      AddAccepted(SettledInAll(reading->rows), reading->accepted, &report);
    }
    done(std::move(report));
  };
  PostForStream(std::move(call));
}

struct ControlService::BumpCall {
  BumpRequest request;
  SteadyTime deadline;
  ControlCallback<ProducerReport> done;
  std::vector<LockedProducer> before;                         // Of several sinks.
  std::map<std::string, std::unique_ptr<ProducerBump>> runs;  // By sink.
  std::vector<LockedProducer> after;
};

void ControlService::Bump(const BumpRequest& request, SteadyTime deadline,
                          ControlCallback<ProducerReport> done) {
  auto bump = std::make_shared<BumpCall>();
  bump->request = request;
  bump->deadline = deadline;
  bump->done = std::move(done);
  StreamCall call;
  call.stream = request.stream;
  call.deadline = deadline;
  call.refuse = [bump](ControlError error) { bump->done(std::move(error)); };
  call.work = [bump](SinkSession* session, const StreamSpec& spec) -> SinkResult<Progress> {
    if (!IsSequenced(spec.mode)) {
      bump->done(NotFound("the stream has no sequences"));
      return Progress::kAnswered;
    }
    SinkResult<LockedProducer> row = ReadLedgerRow(session, spec.name, bump->request.producer);
    if (!row) return row.error();
    bump->before.push_back(std::move(*row));
    return Progress::kNextSink;
  };
  call.finish = [this, bump] {
    if (std::optional<ControlError> refusal = RefuseBump(bump->request, bump->before)) {
      return bump->done(std::move(*refusal));
    }
    BumpInAllSinks(bump);
  };
  PostForStream(std::move(call));
}

void ControlService::BumpInAllSinks(const std::shared_ptr<BumpCall>& bump) {
  StreamCall call;
  call.stream = bump->request.stream;
  call.deadline = bump->deadline;
  call.refuse = [bump](ControlError error) { bump->done(std::move(error)); };
  call.work = [this, bump](SinkSession* session, const StreamSpec& spec) -> SinkResult<Progress> {
    std::unique_ptr<ProducerBump>& run = bump->runs[spec.sink];
    if (!run) {
      run = std::make_unique<ProducerBump>(bump->request, dependencies_.clock, dependencies_.random,
                                           bump->before.size() > 1);
    }
    SinkResult<ControlResult<LockedProducer>> bumped = run->Run(session);
    if (!bumped) return bumped.error();
    if (!*bumped) {
      bump->done(bumped->error());
      return Progress::kAnswered;
    }
    bump->after.push_back(std::move(**bumped));
    return Progress::kNextSink;
  };
  call.finish = [this, bump] {
    const StreamSpec& spec = registry_->Find(bump->request.stream)->spec;
    bump->done(MakeReport(spec, bump->request.producer, bump->after));
  };
  PostForStream(std::move(call));
}

/// What the sinks of a stream list, by producer.
struct ControlService::ProducerRows {
  std::size_t sinks = 0;
  std::map<std::string, std::vector<LockedProducer>> rows;
  std::optional<std::string> through;  // How far every sink was listed; nothing: to the end.
};

void ControlService::ListProducers(const ProducerQuery& query, SteadyTime deadline,
                                   ControlCallback<Listing<ProducerReport>> done) {
  auto all = std::make_shared<ProducerRows>();
  StreamCall call;
  call.stream = query.stream;
  call.deadline = deadline;
  call.refuse = [done](ControlError error) { done(std::move(error)); };
  call.work = [=](SinkSession* session, const StreamSpec& spec) -> SinkResult<Progress> {
    if (!IsSequenced(spec.mode)) {
      done(Listing<ProducerReport>());
      return Progress::kAnswered;
    }
    const LedgerQuery ledger{spec.name, query.prefix, query.page.after, query.page.limit + 1};
    const SinkResult<std::vector<ListedProducer>> listed = session->ListProducers(ledger);
    if (!listed) return listed.error();
    std::vector<LockedProducer> decoded;
    for (const ListedProducer& item : *listed) {
      SinkResult<LockedProducer> row = DecodeLedgerRow(spec.name, item.row);
      if (!row) return row.error();
      decoded.push_back(std::move(*row));
    }
    for (std::size_t i = 0; i < decoded.size(); ++i) {
      std::vector<LockedProducer>& rows = all->rows[(*listed)[i].producer];
      rows.resize(all->sinks);  // Unknown in those before.
      rows.push_back(std::move(decoded[i]));
    }
    ++all->sinks;
    const bool is_full = listed->size() == ledger.limit;
    if (is_full && (!all->through || listed->back().producer < *all->through)) {
      all->through = listed->back().producer;
    }
    return Progress::kNextSink;
  };
  call.finish = [=, this] {
    const StreamSpec& spec = registry_->Find(query.stream)->spec;
    Listing<ProducerReport> listing;
    for (auto& [producer, rows] : all->rows) {
      if (listing.items.size() == query.page.limit) {
        listing.next = listing.items.back().producer;
        break;
      }
      if (all->through && producer > *all->through) break;
      rows.resize(all->sinks);
      listing.items.push_back(MakeReport(spec, producer, rows));
    }
    done(std::move(listing));
  };
  PostForStream(std::move(call));
}

}  // namespace oncegate
