// The files sink under load, made to die and to fail: what readers find in the end is every event
// in one line, and what was answered as settled is there at any time.
#include <csignal>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>

#include "tests/crash/injector.h"
#include "tests/crash/promise_test.h"
#include "tests/crash/small_disk.h"
#include "tests/e2e/load_oracle.h"
#include "tests/support/child_process.h"
#include "tests/support/deadline.h"
#include "tests/support/lake_view.h"

namespace oncegate::crash {
namespace {

using Shows = test::LakeView::Shows;

constexpr char kStream[] = "orders";

/// The folder as a sink that is looked at by SQL.
class LakeSite final : public e2e::SinkSite {
 public:
  explicit LakeSite(std::filesystem::path lake) : lake_(std::move(lake)) {}

  std::string Settings() const override {
    return "[sinks.main]\ntype = \"files\"\npath = \"" + lake_.string() +
           "\"\nroll_bytes = 8192\nroll_interval = \"200ms\"\n";
  }
  std::vector<e2e::SqlRow> Query(const std::string& sql) override {
    return test::LakeView(lake_, shows_).Query(sql);
  }
  void Audit(const std::string&) override {}
  void RefuseKey(const std::string&, const std::string&) override {}
  void RefuseNothing(const std::string&) override {}

  void Show(Shows shows) { shows_ = shows; }

 protected:
  std::string TimeText(const std::string& column) const override { return column; }

 private:
  const std::filesystem::path lake_;
  Shows shows_ = Shows::kCommitted;
};

class LakeCrash : public ::testing::Test {
 protected:
  void Start(const std::string& settings = "") {
    process_.emplace(test::ServiceSetup{
        .program = e2e::Program(),
        .folder = folder_.path(),
        .settings = site_.Settings() + "[stream_defaults]\nrequest_timeout = \"4s\"\n" + settings,
        .environment = {},
        .flags = {}});
    process_->Start();
    Announce();
    ASSERT_EQ(Post(e2e::Record("first", 0, "1")).status, 200);
  }
  void TearDown() override {
    load_.reset();
    if (process_) process_->Kill();
  }

  e2e::Answer Post(const std::string& body) {
    return e2e::ReadAnswer(
        testing::Call(process_->ingest_port(), {"POST",
                                                std::string("/v1/streams/") + kStream + "/events",
                                                {{"Content-Type", "application/json"}},
                                                body}));
  }
  void StartLoad(int events_per_producer) {
    load_ = std::make_unique<e2e::Load>(
        e2e::LoadShape{.stream = kStream,
                       .prefix = "g" + std::to_string(++generation_) + "p",
                       .clients = 4,
                       .producers = 4,
                       .events_per_producer = events_per_producer,
                       .batch_records = 10,
                       .copies = 2,
                       .seed = TestSeed()},
        [this](int) { return port_.load(); });
    load_->Start();
  }
  void AwaitAnswers(std::uint64_t more) {
    const std::uint64_t goal = load_->Answered() + more;
    EXPECT_TRUE(test::Eventually([&] { return load_->Answered() >= goal || load_->HasEnded(); }));
  }
  void Kill() {
    port_ = 0;
    process_->Kill();
  }
  void Announce() { port_ = process_->ingest_port(); }
  void StartAgain() {
    process_->Start();
    Announce();
  }
  /// While no service runs.
  void ExpectNothingSettledIsLost() {
    e2e::ExpectSettledEventsAreOneRowEach(*load_, &site_, kStream);
  }
  /// The load ends, the service ends well, and then readers see it all.
  void FinishAndExpectEveryEventOnce() {
    load_->Finish();
    port_ = 0;
    ASSERT_EQ(process_->Terminate(), 0);
    EXPECT_TRUE(std::filesystem::is_empty(lake() / "_oncegate/open"));
    site_.Show(Shows::kPublished);
    e2e::ExpectEveryEventIsOneRow(*load_, &site_, kStream);
    site_.Show(Shows::kCommitted);
    settled_ += load_->AllKeys().size();
  }
  void Report(const std::string& what) {
    std::cout << "[  FIGURES ] files: " << what << "; " << settled_
              << " events settled and found once in "
              << test::PublishedParts(lake(), kStream).size() << " parts" << std::endl;
  }

  std::filesystem::path lake() const { return disk_folder() / "lake"; }
  std::filesystem::path disk_folder() const { return folder_.path() / "disk"; }
  test::ServiceProcess& process() { return *process_; }
  e2e::Load& load() { return *load_; }
  LakeSite& site() { return site_; }

 private:
  test::TemporaryFolder folder_;
  const bool made_ = std::filesystem::create_directory(disk_folder());
  LakeSite site_{lake()};
  std::optional<test::ServiceProcess> process_;
  std::atomic<std::uint16_t> port_{0};
  std::unique_ptr<e2e::Load> load_;
  int generation_ = 0;
  std::size_t settled_ = 0;
};

TEST_F(LakeCrash, KilledUnderLoadEveryEventIsOneLine) {
  Start();
  StartLoad(IsLongRun() ? 20'000 : 1'000);
  const int rounds = IsLongRun() ? 60 : 6;
  for (int round = 0; round < rounds; ++round) {
    AwaitAnswers(25);
    Kill();
    ExpectNothingSettledIsLost();
    if (round % 2 == 1) std::filesystem::remove_all(process().index_dir());
    StartAgain();
  }
  FinishAndExpectEveryEventOnce();
  Report(std::to_string(rounds) + " kills");
}

TEST_F(LakeCrash, LanesMayBeMoreOrFewerAfterAKill) {
  Start();
  for (const int lanes : {4, 2, 3}) {
    process().Kill();
    process().setup().settings = site().Settings() + "lanes = " + std::to_string(lanes) + "\n";
    StartAgain();
    StartLoad(200);
    AwaitAnswers(20);
    Kill();
    ExpectNothingSettledIsLost();
    StartAgain();
    FinishAndExpectEveryEventOnce();
    StartAgain();
  }
}

class LakeInjection : public LakeCrash {
 protected:
  void SetUp() override {
    const std::string obstacle = injector_.Obstacle();
    if (!obstacle.empty()) GTEST_SKIP() << "SKIPPED: " << obstacle;
  }

  /// Runs the service under load with the fault, then without it; false if it did not strike.
  bool Strike(const Fault& fault, int hit) {
    SCOPED_TRACE(ToString(fault, hit));
    Kill();
    StartLoad(60);
    injector_.Arm(&process(), fault, hit);
    if (process().TryStart()) {
      Announce();
      EXPECT_TRUE(test::Eventually([&] { return process().HasEnded() || load().HasEnded(); }))
          << "it neither goes on nor ends";
    }
    if (!process().HasEnded()) process().Terminate();
    Kill();
    const bool struck = injector_.HasStruck();
    if (struck) ++struck_;
    ExpectNothingSettledIsLost();
    Injector::Disarm(&process());
    StartAgain();
    FinishAndExpectEveryEventOnce();
    StartAgain();
    return struck;
  }

  /// Every strike reads the whole lake, so that a sweep is not over in a day if it only grows.
  void StartOnAnEmptyLake() {
    Kill();
    std::filesystem::remove_all(lake());
    std::filesystem::remove_all(process().index_dir());
    StartAgain();
    ASSERT_EQ(Post(e2e::Record("first", 0, "1")).status, 200);
  }

  int struck_ = 0;

 private:
  const Injector injector_;
};

const std::vector<std::pair<Fault, int>> kHandful{
    {{"fdatasync", "signal=SIGKILL"}, 7}, {{"fdatasync", "error=EIO"}, 8},
    {{"pwrite64", "signal=SIGKILL"}, 20}, {{"pwrite64", "error=ENOSPC"}, 20},
    {{"fsync", "signal=SIGKILL"}, 4},     {{"rename", "signal=SIGKILL"}, 1},
    {{"rename", "error=EIO"}, 1},         {{"mkdir", "signal=SIGKILL"}, 1}};

TEST_F(LakeInjection, AFailingOrFatalSystemCallKeepsThePromise) {
  Start();
  if (!IsLongRun()) {
    for (const auto& [fault, hit] : kHandful) {
      EXPECT_TRUE(Strike(fault, hit)) << ToString(fault, hit) << " did not strike";
    }
  } else {
    for (const std::string syscall :
         {"fdatasync", "fsync", "pwrite64", "rename", "ftruncate", "mkdir", "unlink"}) {
      for (const std::string effect : {"signal=SIGKILL", "error=EIO", "error=ENOSPC"}) {
        StartOnAnEmptyLake();
        for (int hit = 1; !HasFailure() && Strike({syscall, effect}, hit); hit += 1 + hit / 12) {
        }
      }
    }
  }
  Report(std::to_string(struck_) + " faults injected");
}

TEST_F(LakeCrash, AFullDiskPausesTheSinkAndLosesNothing) {
  const std::string obstacle = SmallDisk::Obstacle();
  if (!obstacle.empty()) GTEST_SKIP() << "SKIPPED: " << obstacle;
  constexpr std::size_t kDiskMegabytes = 24;
  SmallDisk disk(disk_folder(), kDiskMegabytes);
  Start();
  for (int round = 0; round < 2; ++round) {
    StartLoad(2'000);
    AwaitAnswers(2);
    const std::size_t logged = process().Log().size();
    disk.Fill();
    EXPECT_TRUE(test::Eventually([&] {
      const std::string log = process().Log().substr(logged);
      return log.find("could not be committed") != std::string::npos ||
             log.find("got no answer") != std::string::npos ||
             log.find("can not be reached") != std::string::npos || load().HasEnded();
    }));
    EXPECT_FALSE(process().HasEnded()) << "it has to wait, not to die";
    EXPECT_FALSE(load().HasEnded()) << "it did not notice that the disk is full";
    disk.Free();
    FinishAndExpectEveryEventOnce();
    StartAgain();
  }
  Report("2 times full and freed");
  process().Kill();
}

/// What a shell says to a command, without the last line feed.
std::string Shell(const std::string& command) {
  const test::TemporaryFolder folder;
  const std::filesystem::path output = folder.path() / "output";
  test::RunChild({{"/bin/bash", "-o", "pipefail", "-c", command}, "", output, -1});
  std::ifstream file(output);
  std::string text;
  std::getline(file, text, '\0');
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

TEST_F(LakeCrash, OtherProgramsReadWhatWasPostedDigitByDigit) {
  for (const std::string tool : {"zstd", "jq", "sqlite3"}) {
    if (!std::filesystem::exists("/usr/bin/" + tool)) GTEST_SKIP() << "SKIPPED: no " << tool;
  }
  Start();
  const std::string batch = e2e::Array(
      {e2e::Record("p", 0, R"({"total":0.10,"n":12345678901234567890123})", R"("key":"a")"),
       e2e::Record("p", 1, "{\n\"text\": \"zeile\\n zwei\"}", R"("key":"b")")});
  EXPECT_THAT(Post(batch), e2e::Settles(200, {{"applied", 2}}));
  EXPECT_THAT(Post(batch), e2e::Settles(200, {{"duplicate", 2}}));
  EXPECT_THAT(Post(R"({"producer":"p","seq":2,"key":"a","op":"delete"})"),
              e2e::Settles(200, {{"applied", 1}}));
  ASSERT_TRUE(
      test::Eventually([&] { return std::filesystem::is_empty(lake() / "_oncegate/open"); }));
  const std::string lines =
      "zstd -dcq '" + lake().string() + "'/orders/dt=*/*.ndjson.zst | grep '\"producer\":\"p\"'";
  EXPECT_THAT(Shell(lines),
              ::testing::HasSubstr(R"("value":{"total":0.10,"n":12345678901234567890123},)"));
  EXPECT_EQ(Shell(lines + " | jq -c '[.key, .op, .seq, (.value | type)]'"),
            "[\"a\",\"upsert\",0,\"object\"]\n[\"b\",\"upsert\",1,\"object\"]\n"
            "[\"a\",\"delete\",2,\"null\"]");
  EXPECT_EQ(
      Shell(lines + " > '" + lake().string() +
            ".txt'; sqlite3 :memory: 'CREATE TABLE t (j)' "
            "'.mode ascii' '.separator \"\\t\" \"\\n\"' '.import " +
            lake().string() + ".txt t' \"SELECT count(*), count(DISTINCT j ->> '$.seq') FROM t\""),
      "3\t3");
}

}  // namespace
}  // namespace oncegate::crash
