// A lane driven step by step, with a clock that the test moves.
#include "server/ingest/lane.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "server/config/limits.h"
#include "sinks/registry.h"
#include "tests/unit/server/ingest/engine_fixture.h"

namespace oncegate::testing {
namespace {

class ManualClock : public Clock {
 public:
  SteadyTime Now() override { return now_; }
  WallTime Wall() override { return {1'700'000'000'000'000}; }
  void Advance(std::chrono::milliseconds by) { now_ += by; }

 private:
  SteadyTime now_{std::chrono::hours(1)};
};

class LaneSteps : public EngineFixture {
 protected:
  LaneSteps() {
    LevelDbStoreOptions store;
    store.directory = folder_ / "index";
    index_ = std::move(*LevelDbStore::Open(store));
    SinkOptions options;
    options.name = "main";
    options.type = "sqlite";
    options.data_dir = folder_;
    sink_ = std::make_unique<SinkRuntime>("main", "sqlite", *FindSinkType("sqlite")->make(options),
                                          1, &observer_);
    IngestDependencies dependencies{&manual_clock_, &random_, index_.get(),
                                    &observer_,     &logger_, nullptr};
    lane_ = std::make_unique<Lane>(LaneSettings{}, dependencies, sink_.get());
  }

  std::shared_ptr<StreamRuntime> MakeStream(const std::string& name) {
    return std::make_shared<StreamRuntime>(Stream(name, DedupeMode::kOff), &observer_);
  }
  /// A stream whose table somebody else made, so that it can not be written.
  std::shared_ptr<StreamRuntime> MakeBlockedStream(const std::string& name) {
    SqlRun("CREATE TABLE " + name + " (whatever)");
    return MakeStream(name);
  }

  void Push(const std::shared_ptr<StreamRuntime>& stream, std::chrono::milliseconds patience) {
    auto batch = std::make_shared<Batch>();
    batch->stream = std::shared_ptr<const StreamSpec>(stream, &stream->spec);
    batch->deadline = manual_clock_.Now() + patience;
    batch->results.resize(1);
    batch->on_complete = [this](std::vector<EventResult> results) {
      answered_ = results.front().verdict;
    };
    Event event;
    event.key = "k";
    event.value = "1";
    batch->events.push_back(event);
    batch->ExpectParts(1);
    ASSERT_TRUE(lane_->TryReserve(10));
    lane_->Push({batch, stream, {0}, 1, 10, manual_clock_.Now()});
  }

  ManualClock manual_clock_;
  std::unique_ptr<LevelDbStore> index_;
  std::unique_ptr<SinkRuntime> sink_;
  std::unique_ptr<Lane> lane_;
  std::optional<Verdict> answered_;
};

TEST_F(LaneSteps, APauseThatIsOverDoesNotKeepTheLaneAwake) {
  sink_->Connect();  // Makes the file.
  const auto first = MakeBlockedStream("first");
  const auto second = MakeBlockedStream("second");
  Push(first, std::chrono::milliseconds(1));
  ASSERT_GT(lane_->RunOnce(), manual_clock_.Now());
  manual_clock_.Advance(limits::kBackoffMin * 2);
  ASSERT_EQ(lane_->RunOnce(), std::nullopt);
  ASSERT_EQ(answered_, Verdict::kRetry);

  Push(second, std::chrono::seconds(10));
  EXPECT_EQ(lane_->RunOnce(), manual_clock_.Now() + limits::kBackoffMin);
}

TEST_F(LaneSteps, AStreamThatCanNotBeWrittenHoldsUpNoOther) {
  sink_->Connect();
  Push(MakeBlockedStream("blocked"), std::chrono::seconds(10));
  ASSERT_GT(lane_->RunOnce(), manual_clock_.Now());
  ASSERT_EQ(answered_, std::nullopt);
  Push(MakeStream("open"), std::chrono::seconds(10));
  lane_->RunOnce();
  EXPECT_EQ(answered_, Verdict::kApplied);
}

TEST_F(LaneSteps, WithNothingQueuedNothingIsDue) {
  EXPECT_EQ(lane_->RunOnce(), std::nullopt);
  EXPECT_TRUE(lane_->IsIdle());
}

}  // namespace
}  // namespace oncegate::testing
