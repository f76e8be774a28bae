// The part of ControlService that lists, replays and discards dead letters. A call may concern
// several sinks or streams; it goes from one to the next, each on the control thread of its sink.
#include <algorithm>
#include <map>
#include <utility>

#include "server/config/limits.h"
#include "server/ingest/control_service.h"

namespace oncegate {
namespace {

// Letters read at once; their values may be large.
constexpr std::uint32_t kChunk = 16;

/// Letters in order of their ids, and how far their list is without holes.
struct LetterPage {
  std::vector<DeadLetter> letters;
  std::optional<std::string> through;  // Nothing: to the end.
};

SinkResult<LetterPage> ReadPage(SinkSession* session, const std::string& stream,
                                const Page& wanted) {
  LetterPage page;
  std::string after = wanted.after;
  std::size_t bytes = 0;
  for (;;) {
    SinkResult<std::vector<DeadLetter>> listed = session->ListDeadLetters({stream, after, kChunk});
    if (!listed) return listed.error();
    const bool is_end = listed->size() < kChunk;
    for (DeadLetter& letter : *listed) {
      bytes += letter.value.size();
      page.letters.push_back(std::move(letter));
    }
    if (is_end) return page;
    after = page.letters.back().id;
    if (page.letters.size() > wanted.limit || bytes > limits::kLetterPageBytes) {
      page.through = after;
      return page;
    }
  }
}

std::string Describe(const LetterRequest& request, std::uint64_t letters) {
  std::string text = std::to_string(letters) + " dead letters";
  if (request.stream) return text + " of the stream";
  constexpr std::size_t kNamedMax = 20;
  for (std::size_t i = 0; i < std::min(kNamedMax, request.ids.size()); ++i) {
    text += (i == 0 ? ": " : ", ") + request.ids[i];
  }
  return text;
}

void Add(const LetterReport& part, LetterReport* whole) {
  whole->dead_letters += part.dead_letters;
  whole->applied += part.applied;
  whole->duplicate += part.duplicate;
  whole->superseded += part.superseded;
  whole->refused.insert(whole->refused.end(), part.refused.begin(), part.refused.end());
  // Sinks have pages of their own: the next one begins behind what all of them have shown.
  if (part.next && (!whole->next || *part.next < *whole->next)) whole->next = part.next;
}

}  // namespace

struct ControlService::LetterListing {
  Page page;
  SteadyTime deadline;
  ControlCallback<Listing<DeadLetter>> done;
  std::vector<std::string> sinks;  // Still to be asked.
  std::vector<DeadLetter> letters;
  std::optional<std::string> through;

  void Take(LetterPage part);
  Listing<DeadLetter> Cut();
};

void ControlService::LetterListing::Take(LetterPage part) {
  std::move(part.letters.begin(), part.letters.end(), std::back_inserter(letters));
  if (part.through && (!through || *part.through < *through)) through = part.through;
}

Listing<DeadLetter> ControlService::LetterListing::Cut() {
  Listing<DeadLetter> listing;
  const auto by_id = [](const DeadLetter& a, const DeadLetter& b) { return a.id < b.id; };
  std::sort(letters.begin(), letters.end(), by_id);
  // Two sinks may keep the same event, or share one ledger.
  const auto same_id = [](const DeadLetter& a, const DeadLetter& b) { return a.id == b.id; };
  letters.erase(std::unique(letters.begin(), letters.end(), same_id), letters.end());
  for (DeadLetter& letter : letters) {
    const bool is_beyond = through && letter.id > *through;
    if (is_beyond || listing.items.size() == page.limit) {
      listing.next = listing.items.back().id;
      return listing;
    }
    listing.items.push_back(std::move(letter));
  }
  if (through && !listing.items.empty()) listing.next = listing.items.back().id;
  return listing;
}

void ControlService::ListDeadLetters(const LetterQuery& query, SteadyTime deadline,
                                     ControlCallback<Listing<DeadLetter>> done) {
  auto listing = std::make_shared<LetterListing>();
  listing->page = query.page;
  listing->deadline = deadline;
  listing->done = std::move(done);
  if (!query.stream.empty()) {
    StreamCall call;
    call.stream = query.stream;
    call.deadline = deadline;
    call.refuse = [listing](ControlError error) { listing->done(std::move(error)); };
    call.work = [listing](SinkSession* session, const StreamSpec& spec) -> SinkResult<Progress> {
      SinkResult<LetterPage> page = ReadPage(session, spec.name, listing->page);
      if (!page) return page.error();
      listing->Take(std::move(*page));
      return Progress::kNextSink;
    };
    call.finish = [listing] { listing->done(listing->Cut()); };
    return PostForStream(std::move(call));
  }
  for (const auto& [name, entry] : sinks_) listing->sinks.push_back(name);
  ListLettersOfNextSink(listing);
}

void ControlService::ListLettersOfNextSink(const std::shared_ptr<LetterListing>& listing) {
  if (listing->sinks.empty()) return listing->done(listing->Cut());
  const std::string sink = std::move(listing->sinks.back());
  listing->sinks.pop_back();
  ControlTask task;
  task.deadline = listing->deadline;
  task.run = [this, listing](SinkSession* session) -> SinkStatus {
    SinkResult<LetterPage> page = ReadPage(session, "", listing->page);
    if (!page) return page.error();
    listing->Take(std::move(*page));
    ListLettersOfNextSink(listing);
    return {};
  };
  task.give_up = [listing](const std::string& reason) {
    listing->done(ControlError{ControlErrorKind::kUnavailable,
                               "a sink did not answer in time: " + reason, std::nullopt});
  };
  sinks_.at(sink).thread->Post(std::move(task));
}

struct ControlService::LetterCall {
  LetterAction action = LetterAction::kReplay;
  SteadyTime deadline;
  ControlCallback<LetterReport> done;
  /// Still to be worked on, the next one last.
  std::vector<std::pair<std::string, LetterRequest>> streams;
  LetterReport report;
};

void ControlService::ReplayDeadLetters(const LetterRequest& request, SteadyTime deadline,
                                       ControlCallback<LetterReport> done) {
  StartLetterCall(LetterAction::kReplay, request, deadline, std::move(done));
}

void ControlService::DiscardDeadLetters(const LetterRequest& request, SteadyTime deadline,
                                        ControlCallback<LetterReport> done) {
  StartLetterCall(LetterAction::kDiscard, request, deadline, std::move(done));
}

void ControlService::StartLetterCall(LetterAction action, const LetterRequest& request,
                                     SteadyTime deadline, ControlCallback<LetterReport> done) {
  auto call = std::make_shared<LetterCall>();
  call->action = action;
  call->deadline = deadline;
  call->done = std::move(done);
  call->report.dry_run = request.dry_run;
  if (request.stream) {
    call->streams.emplace_back(*request.stream, request);
  } else {
    std::map<std::string, LetterRequest> by_stream;
    for (const std::string& id : request.ids) {
      LetterRequest& part = by_stream[std::string(StreamOfLetter(id))];
      part.dry_run = request.dry_run;
      part.ids.push_back(id);
    }
    call->streams.assign(by_stream.rbegin(), by_stream.rend());
  }
  RunLettersOfNextStream(call);
}

void ControlService::RunLettersOfNextStream(const std::shared_ptr<LetterCall>& call) {
  if (call->streams.empty()) return call->done(std::move(call->report));
  const auto [stream, request] = std::move(call->streams.back());
  call->streams.pop_back();
  const bool by_ids = !request.stream.has_value();
  // By sink; those of earlier attempts go on where they were.
  auto runs = std::make_shared<std::map<std::string, LetterRun>>();
  StreamCall part;
  part.stream = stream;
  part.deadline = call->deadline;
  part.work = [this, call, runs, request = request](
                  SinkSession* session, const StreamSpec& spec) -> SinkResult<Progress> {
    LetterRun& run =
        runs->try_emplace(spec.sink, call->action, request, dependencies_).first->second;
    if (!run.is_collected()) {
      if (SinkStatus collected = run.Collect(session, spec); !collected) return collected.error();
      const bool replays = call->action == LetterAction::kReplay;
      if (const Status audited = request.dry_run
                                     ? Ok()
                                     : Audit(replays ? "replay" : "discard", spec.name,
                                             Describe(request, run.report().dead_letters));
          !audited) {
        call->done(Unaudited(audited.error()));
        return Progress::kAnswered;
      }
    }
    if (SinkStatus ran = run.Run(session, spec); !ran) return ran.error();
    if (SinkStatus counted = RecountLetters(session, spec); !counted) return counted.error();
    Add(run.report(), &call->report);
    return Progress::kNextSink;
  };
  part.finish = [this, call] { RunLettersOfNextStream(call); };
  part.refuse = [this, call, by_ids](ControlError error) {
    // An id that names no stream is one that is not there.
    if (by_ids && error.kind == ControlErrorKind::kUnknownStream) {
      return RunLettersOfNextStream(call);
    }
    call->done(std::move(error));
  };
  PostForStream(std::move(part));
}

SinkStatus ControlService::RecountLetters(SinkSession* session, const StreamSpec& spec) {
  const SinkResult<std::uint64_t> letters = session->CountDeadLetters(spec.name);
  if (!letters) return letters.error();
  if (const std::shared_ptr<StreamRuntime> stream = registry_->FindOn(spec.name, spec.sink)) {
    stream->dead_letters = *letters;
    stream->observer->SetDeadLetters(*letters);
  }
  return {};
}

}  // namespace oncegate
