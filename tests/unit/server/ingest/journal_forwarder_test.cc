// What the journal hands to the lanes, and in which order, when entries come back from them.
#include "server/ingest/journal_forwarder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <vector>

#include "dedupe/codec/event_codec.h"
#include "tests/unit/server/ingest/engine_fixture.h"

namespace oncegate::testing {
namespace {

using ::testing::ElementsAre;

constexpr std::size_t kWindowBytes = 100'000;

/// The entries of all streams, as they are on disk.
class EntriesOnDisk : public JournalStore {
 public:
  std::uint64_t NextPosition() override { return 0; }
  Status Write(const JournalWrite&) override { return Error{"nothing is written here"}; }
  Result<std::vector<JournalEntry>> Read(std::string_view stream, std::uint64_t first,
                                         std::uint64_t last, std::size_t) override {
    std::lock_guard lock(mutex_);
    std::vector<JournalEntry> found;
    for (const auto& [position, entry] : entries_[std::string(stream)]) {
      if (position >= first && position <= last) found.push_back(entry);
    }
    return found;
  }
  Result<std::vector<std::string>> ListStreams() override { return std::vector<std::string>(); }
  bool IsPoisoned() const override { return false; }
  Status Reopen() override { return Ok(); }

  void Put(const std::string& stream, std::uint64_t position, const std::string& events) {
    std::lock_guard lock(mutex_);
    entries_[stream][position] = {position, {}, events};
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::map<std::uint64_t, JournalEntry>> entries_;
};

std::shared_ptr<const StreamSpec> MakeStream(const std::string& name) {
  StreamSpec spec;
  spec.name = name;
  return std::make_shared<const StreamSpec>(std::move(spec));
}

/// A forwarder whose lanes are the test: they take what comes and answer when they are told to.
class Forwarder : public ::testing::Test {
 protected:
  Forwarder()
      : forwarder_(&disk_, {&clock_, &random_, nullptr, &observer_, &logger_, {}, &disk_},
                   kWindowBytes,
                   {MakeStream, [this](const std::shared_ptr<Batch>& batch) { return Take(batch); },
                    [](std::uint64_t, const Batch&) {}}) {
    forwarder_.Start();
  }
  ~Forwarder() override { forwarder_.Stop(); }

  /// Sequence and position are the same number.
  void Accept(const std::string& stream, std::int64_t number, std::size_t value_bytes = 2'000) {
    Event event;
    event.producer = "p";
    event.sequence = Sequence{number};
    const std::string value = '"' + std::string(value_bytes, 'x') + '"';
    event.value = value;
    const std::string events = EncodeEvents({&event, 1});
    const auto position = static_cast<std::uint64_t>(number);
    disk_.Put(stream, position, events);
    forwarder_.Enqueue(stream, position, events);
  }
  bool Park(std::int64_t number) {
    auto batch = std::make_shared<Batch>();
    batch->stream = MakeStream("orders");
    Event event;
    event.sequence = Sequence{number};
    batch->events.push_back(event);
    batch->results.resize(1);
    batch->on_complete = [](std::vector<EventResult>) {};
    bool full = false;
    return forwarder_.Park(batch, &full);
  }
  /// Waits until the lanes have got so many batches of "orders".
  void AwaitTaken(std::size_t count) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(
        changed_.wait_for(lock, std::chrono::seconds(20), [&] { return taken_.size() >= count; }));
  }
  std::vector<std::int64_t> Taken() {
    std::lock_guard lock(mutex_);
    std::vector<std::int64_t> numbers;
    for (const auto& batch : taken_) numbers.push_back(batch->events.front().sequence->value);
    return numbers;
  }
  void Answer(std::size_t index, Verdict verdict) {
    std::shared_ptr<Batch> batch;
    {
      std::lock_guard lock(mutex_);
      batch = taken_[index];
    }
    IndexedResult result;
    result.result.verdict = verdict;
    batch->FinishPart({&result, 1});
  }
  /// The lanes have room for so many batches more.
  void SetRoom(std::size_t batches) {
    std::lock_guard lock(mutex_);
    room_ = batches;
  }

 private:
  SubmitOutcome Take(const std::shared_ptr<Batch>& batch) {
    std::lock_guard lock(mutex_);
    if (room_ == 0 || batch->stream->name != "orders") return SubmitOutcome::kQueueFull;
    --room_;
    batch->ExpectParts(1);
    taken_.push_back(batch);
    changed_.notify_all();
    return SubmitOutcome::kAdmitted;
  }

  TestClock clock_;
  TestRandom random_;
  CountingObserver observer_;
  Logger logger_{LogLevel::kError};
  EntriesOnDisk disk_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<Batch>> taken_;
  std::size_t room_ = 1'000;
  JournalForwarder forwarder_;
};

TEST_F(Forwarder, AnEntryThatCameBackTakesNoNeighbourAlong) {
  // Another stream takes up the memory, so that entries wait on disk alone.
  Accept("others", 1, 1);
  Accept("others", 2, kWindowBytes - 1'000);
  Accept("orders", 3);
  Accept("orders", 4);
  AwaitTaken(2);
  Answer(0, Verdict::kRetry);
  Accept("orders", 5);
  AwaitTaken(4);
  EXPECT_THAT(Taken(), ElementsAre(3, 4, 3, 5)) << "4 is in the lanes already";
  for (std::size_t i = 1; i < 4; ++i) Answer(i, Verdict::kApplied);
}

TEST_F(Forwarder, AParkedBatchStaysBehindAnEntryThatComesBack) {
  Accept("orders", 1);
  AwaitTaken(1);
  SetRoom(0);
  Accept("orders", 2);
  ASSERT_TRUE(Park(9));
  SetRoom(1);
  AwaitTaken(2);
  Answer(1, Verdict::kRetry);
  SetRoom(2);
  AwaitTaken(4);
  EXPECT_THAT(Taken(), ElementsAre(1, 2, 2, 9));
  for (const std::size_t index : {0, 2, 3}) Answer(index, Verdict::kApplied);
}

}  // namespace
}  // namespace oncegate::testing
