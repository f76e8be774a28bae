#include "server/metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>
#include <vector>

#include "tests/unit/server/metrics/scrape.h"

namespace oncegate {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using testing::Optional;

class MetricsTest : public testing::Test {
 protected:
  Scrape Read() { return Scrape(metrics_.Render()); }

  ManualClock clock_;
  std::uint64_t store_bytes_ = 0;
  bool ready_ = false;
  std::vector<SinkCondition> sinks_{{"main", "postgres"}};
  std::map<std::string, DeliveryReport> deliveries_;
  std::vector<JournalPending> journal_{{"orders", 3, 400, 2.5}};
  Metrics metrics_{
      "1.2.3",
      &clock_,
      {[this] { return store_bytes_; }, [this] { return ready_; }, [this] { return sinks_; },
       [this] { return deliveries_; }, [this] { return journal_; }}};
};

TEST_F(MetricsTest, HasTheNamesTypesAndLabelsOfTheGoldenList) {
  std::ifstream golden(ONCEGATE_GOLDEN_METRICS);
  std::set<std::string> expected;
  for (std::string line; std::getline(golden, line);) expected.insert(line);
  ASSERT_FALSE(expected.empty());

  ReportEverything(&metrics_);
  deliveries_["hook"] = {};
  EXPECT_EQ(Read().Shapes(), expected);
}

TEST_F(MetricsTest, DeliveriesAreThoseThatTheSinkTellsOfAtTheScrape) {
  EXPECT_EQ(Read().Count("oncegate_delivery_"), 0U);
  deliveries_["hook"] = {
      .is_circuit_open = true, .pending_events = 7, .delivered = 5, .retried = 2};
  static_cast<void>(Read());
  deliveries_["hook"].delivered = 6;
  const Scrape scrape = Read();
  EXPECT_THAT(scrape.Value(R"(oncegate_delivery_requests_total{outcome="delivered",sink="hook"})"),
              Optional(6.0));
  EXPECT_THAT(scrape.Value(R"(oncegate_delivery_requests_total{outcome="retry",sink="hook"})"),
              Optional(2.0));
  EXPECT_THAT(scrape.Value(R"(oncegate_delivery_pending_events{sink="hook"})"), Optional(7.0));
  EXPECT_THAT(scrape.Value(R"(oncegate_delivery_circuit_open{sink="hook"})"), Optional(1.0));
}

TEST_F(MetricsTest, TheJournalIsAskedAtEachScrape) {
  EXPECT_THAT(Read().Value("oncegate_journal_pending_events{stream=\"orders\"}"), Optional(3));
  EXPECT_THAT(Read().Value("oncegate_journal_pending_bytes{stream=\"orders\"}"), Optional(400));
  EXPECT_THAT(Read().Value("oncegate_journal_oldest_pending_seconds{stream=\"orders\"}"),
              Optional(2.5));
  journal_ = {{"orders", 0, 0, 0}};
  EXPECT_THAT(Read().Value("oncegate_journal_pending_events{stream=\"orders\"}"), Optional(0));
}

TEST_F(MetricsTest, EveryVerdictOfAStreamExistsBeforeItsFirstEvent) {
  metrics_.ForStream("orders");
  const Scrape scrape = Read();
  EXPECT_EQ(scrape.Count("oncegate_events_total{"), 12U);
  for (int i = 0; i < kVerdictCount; ++i) {
    const std::string verdict(ToString(static_cast<Verdict>(i)));
    EXPECT_THAT(
        scrape.Value("oncegate_events_total{stream=\"orders\",verdict=\"" + verdict + "\"}"),
        Optional(0.0))
        << verdict;
  }
}

TEST_F(MetricsTest, VerdictsAreCountedUnderTheirOwnName) {
  StreamObserver& orders = metrics_.ForStream("orders");
  orders.OnVerdicts(Verdict::kApplied, 500);
  orders.OnVerdicts(Verdict::kTooOld, 2);
  orders.OnVerdicts(Verdict::kApplied, 1);
  metrics_.ForStream("payments").OnVerdicts(Verdict::kApplied, 7);

  const Scrape scrape = Read();
  EXPECT_THAT(scrape.Value(R"(oncegate_events_total{stream="orders",verdict="applied"})"),
              Optional(501.0));
  EXPECT_THAT(scrape.Value(R"(oncegate_events_total{stream="orders",verdict="too_old"})"),
              Optional(2.0));
  EXPECT_THAT(scrape.Value(R"(oncegate_events_total{stream="payments",verdict="applied"})"),
              Optional(7.0));
}

TEST_F(MetricsTest, TheSameNameGivesTheSameObserver) {
  EXPECT_EQ(&metrics_.ForStream("orders"), &metrics_.ForStream("orders"));
  EXPECT_NE(&metrics_.ForStream("orders"), &metrics_.ForStream("payments"));
  EXPECT_EQ(&metrics_.ForSink("main"), &metrics_.ForSink("main"));
  EXPECT_EQ(&metrics_.ForStore(), &metrics_.ForStore());
}

TEST_F(MetricsTest, DurationsAreInSeconds) {
  metrics_.ForStream("orders").OnLaneWait(milliseconds(250));
  metrics_.ForSink("main").OnCommit(CommitOutcome::kCommitted, milliseconds(40));
  metrics_.ForStore().OnWrite(milliseconds(2));

  const Scrape scrape = Read();
  EXPECT_THAT(scrape.Value(R"(oncegate_lane_wait_seconds_sum{stream="orders"})"), Optional(0.25));
  EXPECT_THAT(scrape.Value(R"(oncegate_sink_commit_duration_seconds_sum{sink="main"})"),
              Optional(0.04));
  EXPECT_THAT(
      scrape.Value(R"(oncegate_sink_commit_duration_seconds_bucket{sink="main",le="0.025"})"),
      Optional(0.0));
  EXPECT_THAT(
      scrape.Value(R"(oncegate_sink_commit_duration_seconds_bucket{sink="main",le="0.05"})"),
      Optional(1.0));
  EXPECT_THAT(scrape.Value("oncegate_store_write_duration_seconds_sum"), Optional(0.002));
}

TEST_F(MetricsTest, SinkCountersExistFromTheStartAndCountByLabel) {
  SinkObserver& sink = metrics_.ForSink("main");
  EXPECT_THAT(Read().Value(R"(oncegate_sink_commits_total{outcome="in_doubt",sink="main"})"),
              Optional(0.0));
  EXPECT_THAT(Read().Value(R"(oncegate_sink_errors_total{class="refused",sink="main"})"),
              Optional(0.0));
  EXPECT_THAT(Read().Value(R"(oncegate_in_doubt_resolved_total{outcome="aborted",sink="main"})"),
              Optional(0.0));

  sink.OnCommit(CommitOutcome::kInDoubt, milliseconds(1));
  sink.OnCommit(CommitOutcome::kAborted, milliseconds(1));
  sink.OnCommit(CommitOutcome::kAborted, milliseconds(1));
  sink.OnInDoubtResolved(false);
  sink.OnError(SinkErrorClass::kConnection);
  sink.OnError(SinkErrorClass::kStream);
  sink.OnLedgerConflict();
  sink.OnLedgerRegression();

  const Scrape scrape = Read();
  EXPECT_THAT(scrape.Value(R"(oncegate_sink_commits_total{outcome="committed",sink="main"})"),
              Optional(0.0));
  EXPECT_THAT(scrape.Value(R"(oncegate_sink_commits_total{outcome="in_doubt",sink="main"})"),
              Optional(1.0));
  EXPECT_THAT(scrape.Value(R"(oncegate_sink_commits_total{outcome="aborted",sink="main"})"),
              Optional(2.0));
  EXPECT_THAT(scrape.Value(R"(oncegate_in_doubt_resolved_total{outcome="aborted",sink="main"})"),
              Optional(1.0));
  EXPECT_THAT(scrape.Value(R"(oncegate_in_doubt_resolved_total{outcome="committed",sink="main"})"),
              Optional(0.0));
  EXPECT_THAT(scrape.Value(R"(oncegate_sink_errors_total{class="connection",sink="main"})"),
              Optional(1.0));
  EXPECT_THAT(scrape.Value(R"(oncegate_sink_errors_total{class="stream",sink="main"})"),
              Optional(1.0));
  EXPECT_THAT(scrape.Value(R"(oncegate_sink_errors_total{class="restart",sink="main"})"),
              Optional(0.0));
  EXPECT_THAT(scrape.Value(R"(oncegate_ledger_conflicts_total{sink="main"})"), Optional(1.0));
  EXPECT_THAT(scrape.Value(R"(oncegate_ledger_regressions_total{sink="main"})"), Optional(1.0));
}

TEST_F(MetricsTest, SinksAreInTheStateThatTheyAreInAtTheScrape) {
  EXPECT_THAT(Read().Value(R"(oncegate_sink_info{sink="main",type="postgres"})"), Optional(1.0));
  EXPECT_THAT(Read().Value(R"(oncegate_sink_up{sink="main"})"), Optional(0.0));
  EXPECT_THAT(Read().Value(R"(oncegate_sink_paused{sink="main"})"), Optional(0.0));
  sinks_ = {{"main", "postgres", true, true}};
  EXPECT_THAT(Read().Value(R"(oncegate_sink_up{sink="main"})"), Optional(1.0));
  EXPECT_THAT(Read().Value(R"(oncegate_sink_paused{sink="main"})"), Optional(1.0));
  sinks_ = {{"main", "postgres"}};
  EXPECT_THAT(Read().Value(R"(oncegate_sink_up{sink="main"})"), Optional(0.0));
  EXPECT_THAT(Read().Value(R"(oncegate_sink_paused{sink="main"})"), Optional(0.0));
}

TEST_F(MetricsTest, SourcesAreAskedAtEachScrape) {
  EXPECT_THAT(Read().Value("oncegate_ready"), Optional(0.0));
  ready_ = true;
  store_bytes_ = 838'000'000;
  EXPECT_THAT(Read().Value("oncegate_ready"), Optional(1.0));
  EXPECT_THAT(Read().Value("oncegate_store_bytes"), Optional(838'000'000.0));
  EXPECT_THAT(Read().Value(R"(oncegate_build_info{version="1.2.3"})"), Optional(1.0));
}

TEST_F(MetricsTest, EachLaneHasItsOwnQueue) {
  StreamObserver& orders = metrics_.ForStream("orders");
  orders.SetLaneQueueBytes(0, 100);
  orders.SetLaneQueueBytes(3, 700);
  orders.SetLaneQueueBytes(0, 40);
  const Scrape scrape = Read();
  EXPECT_THAT(scrape.Value(R"(oncegate_lane_queue_bytes{lane="0",stream="orders"})"),
              Optional(40.0));
  EXPECT_THAT(scrape.Value(R"(oncegate_lane_queue_bytes{lane="3",stream="orders"})"),
              Optional(700.0));
  EXPECT_EQ(scrape.Count("oncegate_lane_queue_bytes{"), 2U);
}

TEST_F(MetricsTest, WindowRangesShowTheMaximumAndForgetIt) {
  const std::string sample = R"(oncegate_window_ranges_max{stream="orders"})";
  StreamObserver& orders = metrics_.ForStream("orders");
  Read();
  orders.OnWindowRanges(5);
  orders.OnWindowRanges(200);
  orders.OnWindowRanges(1);
  EXPECT_THAT(Read().Value(sample), Optional(200.0));
  clock_.Advance(minutes(5));
  EXPECT_THAT(Read().Value(sample), Optional(200.0));
  orders.OnWindowRanges(3);
  clock_.Advance(minutes(5));
  EXPECT_THAT(Read().Value(sample), Optional(3.0));
  clock_.Advance(minutes(30));
  Read();
  clock_.Advance(minutes(30));
  EXPECT_THAT(Read().Value(sample), Optional(0.0));
}

TEST_F(MetricsTest, AMaximumThatNobodyScrapedForHoursIsStillShownOnce) {
  Read();
  metrics_.ForStream("orders").OnWindowRanges(90);
  clock_.Advance(minutes(300));
  EXPECT_THAT(Read().Value(R"(oncegate_window_ranges_max{stream="orders"})"), Optional(90.0));
}

TEST_F(MetricsTest, ExchangesAreCountedByRouteMethodAndCode) {
  HttpRouteObserver& events = metrics_.ForHttp().ForRoute("/v1/streams/{stream}/events");
  EXPECT_EQ(&events, &metrics_.ForHttp().ForRoute("/v1/streams/{stream}/events"));
  events.OnDone({"POST", 200, milliseconds(2)});
  events.OnDone({"POST", 200, milliseconds(2)});
  events.OnDone({"POST", 429, milliseconds(1)});
  events.OnDone({"GET", 405, milliseconds(1)});

  const Scrape scrape = Read();
  const std::string route = R"(route="/v1/streams/{stream}/events")";
  EXPECT_THAT(
      scrape.Value(R"(oncegate_http_requests_total{code="200",method="POST",)" + route + "}"),
      Optional(2.0));
  EXPECT_THAT(
      scrape.Value(R"(oncegate_http_requests_total{code="429",method="POST",)" + route + "}"),
      Optional(1.0));
  EXPECT_THAT(
      scrape.Value(R"(oncegate_http_requests_total{code="405",method="GET",)" + route + "}"),
      Optional(1.0));
  EXPECT_THAT(scrape.Value("oncegate_http_request_duration_seconds_count{" + route + "}"),
              Optional(4.0));
  EXPECT_THAT(scrape.Value("oncegate_http_request_duration_seconds_sum{" + route + "}"),
              Optional(0.006));
}

TEST_F(MetricsTest, UnknownMethodsShareOneLabelValue) {
  HttpRouteObserver& unmatched = metrics_.ForHttp().ForRoute("unmatched");
  for (const char* method : {"BREW", "PROPFIND", "other", "get"}) {
    unmatched.OnDone({method, 404, milliseconds(1)});
  }
  const Scrape scrape = Read();
  EXPECT_EQ(scrape.Count("oncegate_http_requests_total{"), 1U);
  EXPECT_THAT(
      scrape.Value(R"(oncegate_http_requests_total{code="404",method="other",route="unmatched"})"),
      Optional(4.0));
}

TEST_F(MetricsTest, ConnectionsAreThoseOpenNow) {
  HttpObserver& http = metrics_.ForHttp();
  http.OnConnectionOpened();
  http.OnConnectionOpened();
  http.OnConnectionClosed();
  EXPECT_THAT(Read().Value("oncegate_http_connections"), Optional(1.0));
}

TEST_F(MetricsTest, RejectionsAreCountedByReasonFromAClosedList) {
  EXPECT_THAT(Read().Value(R"(oncegate_http_rejected_total{reason="queue_full"})"), Optional(0.0));
  const std::size_t reasons = Read().Count("oncegate_http_rejected_total{");

  HttpObserver& http = metrics_.ForHttp();
  http.OnRejected("headers_too_large");
  http.OnRejected("headers_too_large");
  http.OnRejected("too_many_connections");
  http.OnRejected("whatever-a-client-sent");
  const Scrape scrape = Read();
  EXPECT_THAT(scrape.Value(R"(oncegate_http_rejected_total{reason="headers_too_large"})"),
              Optional(2.0));
  EXPECT_THAT(scrape.Value(R"(oncegate_http_rejected_total{reason="too_many_connections"})"),
              Optional(1.0));
  EXPECT_THAT(scrape.Value(R"(oncegate_http_rejected_total{reason="other"})"), Optional(1.0));
  EXPECT_EQ(scrape.Count("oncegate_http_rejected_total{"), reasons);
}

TEST_F(MetricsTest, ReportsFromManyThreadsAreAllCounted) {
  constexpr int kThreads = 4;
  constexpr int kReports = 5'000;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([this, i] {
      StreamObserver& orders = metrics_.ForStream("orders");
      for (int report = 1; report <= kReports; ++report) {
        orders.OnVerdicts(Verdict::kDuplicate, 2);
        orders.OnGroup(1);
        orders.OnWindowRanges(static_cast<std::uint64_t>(report));
        orders.SetLaneQueueBytes(static_cast<std::uint32_t>(i % 2), 1);
      }
    });
  }
  // Scrapes run alongside.
  for (int i = 0; i < 20; ++i) metrics_.Render();
  for (std::thread& thread : threads) thread.join();

  const Scrape scrape = Read();
  EXPECT_THAT(scrape.Value(R"(oncegate_events_total{stream="orders",verdict="duplicate"})"),
              Optional(2.0 * kThreads * kReports));
  EXPECT_THAT(scrape.Value(R"(oncegate_group_events_count{stream="orders"})"),
              Optional(1.0 * kThreads * kReports));
  EXPECT_THAT(scrape.Value(R"(oncegate_window_ranges_max{stream="orders"})"),
              Optional(1.0 * kReports));
}

}  // namespace
}  // namespace oncegate
