#include "tests/e2e/loaded_service.h"

#include "tests/model/seed.h"
#include "tests/support/deadline.h"

namespace oncegate::e2e {
namespace {

constexpr int kBatchRecords = 20;
constexpr int kCopies = 2;
constexpr int kProducers = 6;
constexpr int kClients = 6;

}  // namespace

void LoadedTest::Prepare(const std::string& settings) {
  Start("[stream_defaults]\nrequest_timeout = \"4s\"\n" + settings);
  ASSERT_THAT(Post(kStream, Record("first", 0, "1")), Settles(200, {{"applied", 1}}));
  Watch();
}

void LoadedTest::Watch() {
  sink().Audit(kStream);
  port_ = process().ingest_port();
}

void LoadedTest::StartLoad(int batches) {
  const int batches_per_producer = batches / (kProducers * kCopies) + 1;
  load_ =
      std::make_unique<Load>(LoadShape{.stream = kStream,
                                       .clients = kClients,
                                       .producers = kProducers,
                                       .events_per_producer = batches_per_producer * kBatchRecords,
                                       .batch_records = kBatchRecords,
                                       .copies = kCopies,
                                       .seed = TestSeed()},
                             [this](int) { return port_.load(); });
  load_->Start();
}

void LoadedTest::AwaitAnswers(int more) {
  const std::uint64_t goal = load_->Answered() + static_cast<std::uint64_t>(more);
  EXPECT_TRUE(test::Eventually([&] {
    return load_->Answered() >= goal || load_->SettledKeys() == load_->AllKeys();
  })) << "the load does not get on";
}

void LoadedTest::FinishAndExpectEveryEventOnce() {
  load_->Finish();
  ExpectEveryEventOnce(*load_, &sink(), kStream);
}

void LoadedTest::Kill() {
  port_ = 0;
  process().Kill();
}

void LoadedTest::StartAgain(test::Readiness readiness) {
  process().Start(readiness);
  port_ = process().ingest_port();
}

void LoadedTest::RemoveIndex() { std::filesystem::remove_all(process().index_dir()); }

}  // namespace oncegate::e2e
