#include "tests/crash/promise_test.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "tests/e2e/load_oracle.h"
#include "tests/support/deadline.h"

namespace oncegate::crash {
namespace {

using e2e::LoadContent;

constexpr int kBatchRecords = 10;
constexpr int kCopies = 2;
constexpr int kProducers = 3;
constexpr int kClients = 2;

constexpr char kStreams[] = R"(
[stream_defaults]
request_timeout = "4s"
[streams.messages]
dedupe = "id"
[streams.products]
dedupe = "version"
)";

}  // namespace

int Rounds(int by_default) {
  const char* rounds = std::getenv("ONCEGATE_CRASH_ROUNDS");
  return rounds == nullptr ? by_default : std::max(1, std::atoi(rounds));
}

bool IsLongRun() { return std::getenv("ONCEGATE_CRASH_ROUNDS") != nullptr; }

void PromiseTest::Prepare(const std::string& settings) {
  Start(kStreams + settings);
  ASSERT_EQ(Post(kOrders, e2e::Record("first", 0, "1")).status, 200);
  ASSERT_EQ(Post(kAccounts, e2e::Record("first", 0, "1")).status, 200);
  ASSERT_EQ(Post(kMessages, R"({"id":"first","value":1})").status, 200);
  ASSERT_EQ(Post(kProducts, R"({"key":"first","version":1,"value":1})").status, 200);
  for (const char* stream : {kOrders, kAccounts, kMessages, kProducts}) sink().Audit(stream);
  port_ = process().ingest_port();
}

void PromiseTest::StartLoads(int batches) {
  // Not all that these tables ever held is compared again with every generation.
  loads_.clear();
  ++generation_;
  const auto start = [&](const char* stream, LoadContent content) {
    sink().Query(std::string("DELETE FROM audit_") + stream);
    e2e::LoadShape shape;
    shape.stream = stream;
    shape.content = content;
    shape.prefix = "g" + std::to_string(generation_) + "p";
    shape.clients = kClients;
    shape.producers = kProducers;
    shape.events_per_producer = (batches / (kProducers * kCopies) + 1) * kBatchRecords;
    shape.batch_records = kBatchRecords;
    shape.copies = kCopies;
    shape.seed = seed_ + static_cast<std::uint64_t>(generation_);
    StartLoad(shape);
  };
  start(kOrders, LoadContent::kOwnKeys);
  start(kAccounts, LoadContent::kSharedKeys);
  start(kMessages, LoadContent::kIds);
  start(kProducts, LoadContent::kVersions);
}

void PromiseTest::ReplayLoads() {
  std::vector<e2e::LoadShape> shapes;
  for (const auto& load : loads_) shapes.push_back(load->shape());
  loads_.clear();
  for (const e2e::LoadShape& shape : shapes) StartLoad(shape);
}

void PromiseTest::StartLoad(e2e::LoadShape shape) {
  shape.book = books_.path() / std::to_string(++book_count_);
  loads_.push_back(std::make_unique<e2e::Load>(shape, [this](int) { return port_.load(); }));
  loads_.back()->Start();
}

bool PromiseTest::LoadsAreSettled() const {
  return std::all_of(loads_.begin(), loads_.end(),
                     [](const auto& load) { return load->HasEnded(); });
}

void PromiseTest::AwaitAnswers(int more) {
  const auto answered = [this] {
    std::uint64_t count = 0;
    for (const auto& load : loads_) count += load->Answered();
    return count;
  };
  const std::uint64_t goal = answered() + static_cast<std::uint64_t>(more);
  EXPECT_TRUE(test::Eventually([&] { return answered() >= goal || LoadsAreSettled(); }))
      << "the load does not get on";
}

void PromiseTest::ExpectNothingSettledIsLost() {
  for (const auto& load : loads_) {
    e2e::ExpectNothingSettledIsLost(*load, &sink(), load->shape().stream);
  }
}

void PromiseTest::FinishAndExpectEveryEventOnce() {
  for (const auto& load : loads_) {
    load->Finish();
    e2e::ExpectEveryEventOnce(*load, &sink(), load->shape().stream);
    settled_events_ += load->AllKeys().size();
  }
}

void PromiseTest::Kill() {
  port_ = 0;
  process().Kill();
}

int PromiseTest::AwaitEnd() {
  const bool ended = test::Eventually([this] { return process().HasEnded() || LoadsAreSettled(); });
  port_ = 0;
  if (ended && process().HasEnded()) return process().AwaitEnd();
  process().Kill();
  return 0;
}

void PromiseTest::StartAgain() {
  const auto begin = std::chrono::steady_clock::now();
  process().Start();
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  EXPECT_LT(took, kReadyBound) << "not ready in time";
  longest_start_ = std::max(longest_start_, took);
  ++starts_;
  AnnouncePort();
}

bool PromiseTest::TryStart() {
  if (!process().TryStart()) return false;
  AnnouncePort();
  return true;
}

void PromiseTest::Report(const std::string& what) {
  std::cout << "[  FIGURES ] " << ToString(GetParam()) << ": " << what << "; " << settled_events_
            << " events settled and found once; " << starts_ << " starts, the longest took "
            << longest_start_.count() << " ms" << std::endl;
}

}  // namespace oncegate::crash
