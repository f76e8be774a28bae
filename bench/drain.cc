#include <stdexcept>
#include <thread>

#include "bench/comparison.h"
#include "bench/cost_meter.h"
#include "bench/measurements.h"
#include "tests/support/http_client.h"

namespace oncegate::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

// A reading takes a millisecond, a round seconds.
constexpr std::chrono::milliseconds kPollInterval{20};
constexpr std::chrono::minutes kDrainTimeout{5};

testing::HttpReply CallOps(const Subject& subject, const testing::HttpCall& call) {
  const auto port = static_cast<std::uint16_t>(std::stoi(subject.service().ops_port()));
  std::optional<testing::HttpReply> reply = testing::Call(port, call);
  if (!reply || reply->status != 200) throw std::runtime_error(call.target + " failed");
  return std::move(*reply);
}

void PostOps(const Subject& subject, const std::string& target) {
  CallOps(subject, {.method = "POST",
                    .target = target,
                    .headers = {{"Content-Type", "application/json"}},
                    .body = "{}"});
}

double ReadMetric(const Subject& subject, const std::string& series) {
  const std::string scrape = CallOps(subject, {"GET", "/metrics", {}, ""}).body;
  const std::size_t found = scrape.find("\n" + series + " ");
  if (found == std::string::npos) throw std::runtime_error("there is no " + series);
  return std::stod(scrape.substr(found + series.size() + 2));
}

void AwaitEmptyJournal(const Subject& subject, const std::string& stream) {
  const auto deadline = SteadyClock::now() + kDrainTimeout;
  const std::string pending = "oncegate_journal_pending_events{stream=\"" + stream + "\"}";
  while (ReadMetric(subject, pending) > 0) {
    if (SteadyClock::now() > deadline) throw std::runtime_error("the journal does not get empty");
    std::this_thread::sleep_for(kPollInterval);
  }
}

/// By round.
struct Outages {
  Samples accepted_per_second;
  Samples events_per_group;
  std::string remark;
};

/// Events of a round are accepted while the sink is away; gives the rate at which they go to it
/// once it is back.
double Drain(Bench* bench, Subject* subject, const std::string& stream, Outages* outages) {
  PostOps(*subject, "/admin/v1/sinks/main/pause");
  EventLoad load = BulkLoad();
  load.stream = stream;
  const EventRate accepted = subject->Send(load);
  const CostMeter cost(bench, *subject);
  const auto begun = SteadyClock::now();
  PostOps(*subject, "/admin/v1/sinks/main/resume");
  AwaitEmptyJournal(*subject, stream);
  const double seconds = std::chrono::duration<double>(SteadyClock::now() - begun).count();
  const std::string labels = "{stream=\"" + stream + "\"}";
  outages->accepted_per_second.push_back(accepted.events_per_second);
  outages->events_per_group.push_back(ReadMetric(*subject, "oncegate_group_events_sum" + labels) /
                                      ReadMetric(*subject, "oncegate_group_events_count" + labels));
  constexpr std::size_t kSeparatorBytes = 2;
  outages->remark = cost.PerEvent(accepted.events).substr(kSeparatorBytes);
  return static_cast<double>(accepted.events) / seconds;
}

}  // namespace

void MeasureJournal(Bench* bench) {
  const std::uint32_t rounds = bench->settings().rounds;
  Subject subject(bench, {.config = StreamsWith("ack = \"journal\"\non_reject = \"dead_letter\"",
                                                "journaled", rounds)});
  Outages outages;
  std::string direct_remark;
  std::uint32_t next = 0;
  const std::vector<Samples> rates = Alternate(
      rounds,
      {[&] {
         const EventRate rate = subject.Send(BulkLoad());
         direct_remark = subject.remark();
         return rate.events_per_second;
       },
       [&] { return Drain(bench, &subject, "journaled_" + std::to_string(next++), &outages); }});
  Results& results = bench->results();
  results.AddFigure("bulk to Postgres, ack sink", rates[0], "events/s", direct_remark);
  results.AddFigure("accepted by the journal, Postgres away", outages.accepted_per_second,
                    "events/s", "");
  results.AddFigure("from the journal to Postgres, back again", rates[1], "events/s",
                    outages.remark);
  results.AddFigure("events of a group from the journal", outages.events_per_group, "events", "");
  results.AddClaim({"from the journal to Postgres", MedianRatio(rates[1], rates[0]),
                    Bound::kAtLeast, 0.8, "of the rate with ack = \"sink\"",
                    "what was accepted in a round while the sink was paused, 500 events a request, "
                    "8 connections; from its resumption until the journal is empty"});
}

}  // namespace oncegate::bench
