// The journal's writer: who shares an fsync, and what is answered when one fails.
#include "server/ingest/journal_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <vector>

#include "tests/unit/server/ingest/engine_fixture.h"

namespace oncegate::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A journal in memory whose disk can be held up and made to fail.
class HeldJournal : public JournalStore {
 public:
  std::uint64_t NextPosition() override { return ++position_; }
  Status Write(const JournalWrite& write) override {
    std::unique_lock lock(mutex_);
    ++entered_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    if (fails_ || poisoned_) {
      poisoned_ = true;
      return Error{"the disk failed"};
    }
    std::vector<std::uint64_t> positions;
    for (const auto& append : write.appends) positions.push_back(append.position);
    appended.push_back(positions);
    for (const auto& removal : write.removals) removed.push_back(removal.position);
    synced.push_back(write.synced);
    return Ok();
  }
  Result<std::vector<JournalEntry>> Read(std::string_view, std::uint64_t, std::uint64_t,
                                         std::size_t) override {
    return std::vector<JournalEntry>();
  }
  Result<std::vector<std::string>> ListStreams() override { return std::vector<std::string>(); }
  bool IsPoisoned() const override { return poisoned_; }
  Status Reopen() override {
    if (fails_) return Error{"the disk fails still"};
    poisoned_ = false;
    return Ok();
  }

  void Hold(bool held) {
    std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  void AwaitWrites(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return entered_ >= count; });
  }
  void Fail(bool fails) { fails_ = fails; }

  std::vector<std::vector<std::uint64_t>> appended;  // One element for each write.
  std::vector<std::uint64_t> removed;
  std::vector<bool> synced;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  int entered_ = 0;
  std::atomic<bool> fails_{false};
  std::atomic<bool> poisoned_{false};
  std::uint64_t position_ = 0;
};

class Writer : public ::testing::Test {
 protected:
  Writer() : writer_(&store_, {&clock_, &random_, nullptr, &observer_, &logger_, {}, &store_}) {}

  void Append(std::uint64_t position) {
    JournalAppend append;
    append.stream = "s";
    append.position = position;
    append.done = [this, position](bool written, const std::string&) {
      std::lock_guard lock(mutex_);
      (written ? accepted_ : refused_).push_back(position);
      changed_.notify_all();
    };
    writer_.Append(std::move(append));
  }
  void AwaitAnswers(std::size_t count) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20),
                                  [&] { return accepted_.size() + refused_.size() >= count; }));
  }

  /// Without the writer's thread: the append of `position` fails, then the disk works again.
  void FailOnceAndReopen(std::uint64_t position) {
    store_.Fail(true);
    Append(position);
    writer_.RunOnce();
    store_.Fail(false);
    const SteadyTime deadline = clock_.Now() + std::chrono::seconds(20);
    while (store_.IsPoisoned() && clock_.Now() < deadline) writer_.RunOnce();
    EXPECT_FALSE(store_.IsPoisoned());
  }

  TestClock clock_;
  TestRandom random_;
  CountingObserver observer_;
  Logger logger_{LogLevel::kError};
  HeldJournal store_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::uint64_t> accepted_;
  std::vector<std::uint64_t> refused_;
  JournalWriter writer_;
};

TEST_F(Writer, WhatArrivesDuringAnFsyncSharesTheNextOne) {
  store_.Hold(true);
  writer_.Start();
  Append(1);
  store_.AwaitWrites(1);
  for (std::uint64_t position = 2; position <= 6; ++position) Append(position);
  {
    std::lock_guard lock(mutex_);
    EXPECT_THAT(accepted_, IsEmpty()) << "answered before it was on disk";
  }
  store_.Hold(false);
  AwaitAnswers(6);
  writer_.Stop();
  EXPECT_THAT(accepted_, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(store_.appended, ElementsAre(ElementsAre(1), ElementsAre(2, 3, 4, 5, 6)));
  EXPECT_THAT(store_.synced, ElementsAre(true, true));
}

TEST_F(Writer, NothingIsAcceptedWhileTheDiskFailsAndWhatFailedIsRemovedAfterwards) {
  store_.Fail(true);
  writer_.Start();
  Append(1);
  AwaitAnswers(1);
  Append(2);
  AwaitAnswers(2);
  EXPECT_THAT(accepted_, IsEmpty());
  EXPECT_THAT(refused_, ElementsAre(1, 2));
  store_.Fail(false);
  for (std::uint64_t position = 3; accepted_.empty(); ++position) {
    Append(position);
    AwaitAnswers(position);
  }
  writer_.Stop();
  EXPECT_THAT(store_.removed, ::testing::Contains(1));
}

TEST_F(Writer, RemovalsWaitForNoFsyncAndAreWrittenBeforeTheEnd) {
  writer_.Start();
  writer_.Remove("s", 7);
  writer_.Stop();
  EXPECT_THAT(store_.removed, ElementsAre(7));
  EXPECT_THAT(store_.synced, ElementsAre(false));
}

TEST_F(Writer, RemovalsThatTheDiskMayHaveTakenBackAreMadeAgain) {
  writer_.Remove("s", 7);
  writer_.RunOnce();
  FailOnceAndReopen(8);
  EXPECT_THAT(store_.removed, ElementsAre(7, 8, 7));
}

TEST_F(Writer, RemovalsBeforeAnFsyncAreNotMadeAgain) {
  writer_.Remove("s", 7);
  writer_.RunOnce();
  Append(8);
  writer_.RunOnce();
  FailOnceAndReopen(9);
  EXPECT_THAT(store_.removed, ElementsAre(7, 9));
}

}  // namespace
}  // namespace oncegate::testing
