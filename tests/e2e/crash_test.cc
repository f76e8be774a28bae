// The service dies, is stopped, loses its index: what was answered as settled is in the sink, and
// every event is there once.
#include <chrono>
#include <filesystem>

#include "tests/e2e/loaded_service.h"

namespace oncegate::e2e {
namespace {

using ::testing::SizeIs;

class Crash : public LoadedTest {};
ONCEGATE_ON_ALL_SINKS(Crash);

TEST_P(Crash, KilledUnderLoadNothingSettledIsLostAndNothingIsWrittenTwice) {
  Prepare();
  StartLoad(600 * Scale());
  for (int round = 0; round < 5 * Scale(); ++round) {
    AwaitAnswers(60);
    Kill();
    const std::set<std::string> settled = load().SettledKeys();
    std::set<std::string> written;
    for (const auto& [key, writes] : sink().AuditedWrites(kStream)) written.insert(key);
    EXPECT_TRUE(std::includes(written.begin(), written.end(), settled.begin(), settled.end()))
        << "an event was answered as settled and is not in the sink";
    if (round % 2 == 1) RemoveIndex();
    StartAgain();
  }
  FinishAndExpectEveryEventOnce();
}

TEST_P(Crash, WithoutItsIndexEverythingOldIsADuplicate) {
  Prepare();
  std::vector<std::string> records;
  for (int i = 0; i < 250; ++i) records.push_back(Record("p", i * 3, std::to_string(i)));
  ASSERT_THAT(Post(kStream, Array(records)), Settles(200, {{"applied", 250}}));
  Kill();
  RemoveIndex();
  StartAgain();
  EXPECT_THAT(Post(kStream, Array(records)), Settles(200, {{"duplicate", 250}}));
  EXPECT_THAT(Post(kStream, Record("p", 1, "1")), Settles(200, {{"applied", 1}}));
  EXPECT_EQ(sink().AuditedWrites(kStream).size(), 251U);
}

TEST_P(Crash, AnIndexOfAnotherTimeIsCorrectedByTheLedger) {
  Prepare();
  const auto send = [&](int first, int count) {
    std::vector<std::string> records;
    for (int i = first; i < first + count; ++i) records.push_back(Record("p", i, "1"));
    return Post(kStream, Array(records));
  };
  ASSERT_EQ(send(0, 10).status, 200);
  ASSERT_EQ(process().Terminate(), 0);
  const std::filesystem::path old_index = process().data_dir() / "old_index";
  std::filesystem::copy(process().index_dir(), old_index, std::filesystem::copy_options::recursive);
  StartAgain();
  ASSERT_EQ(send(10, 10).status, 200);
  Kill();
  RemoveIndex();
  std::filesystem::rename(old_index, process().index_dir());
  StartAgain();
  EXPECT_THAT(send(0, 30), Settles(200, {{"duplicate", 20}, {"applied", 10}}));
  for (const auto& [key, writes] : sink().AuditedWrites(kStream)) EXPECT_EQ(writes, 1) << key;
}

TEST_P(Crash, ATerminatedServiceFinishesWhatItHasAdmitted) {
  Prepare("[limits]\ndrain_timeout = \"10s\"\n");
  StartLoad(400 * Scale());
  for (int round = 0; round < 3 * Scale(); ++round) {
    AwaitAnswers(40);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(process().Terminate(), 0);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
    StartAgain();
  }
  FinishAndExpectEveryEventOnce();
}

TEST_P(Crash, ATerminatedServiceAnswersTheRequestsThatWait) {
  Start("[limits]\ndrain_timeout = \"10s\"\n[stream_defaults]\nrequest_timeout = \"2s\"\n");
  ASSERT_EQ(Post(kStream, Record("p", 0, "1")).status, 200);
  ASSERT_EQ(service().OpsPost("/admin/v1/sinks/main/pause", "{}").status, 200);
  {
    testing::RawConnection waiting(process().ingest_port());
    ASSERT_TRUE(waiting.Send(testing::Serialize({"POST",
                                                 std::string("/v1/streams/") + kStream + "/events",
                                                 {{"Content-Type", "application/json"}},
                                                 Record("p", 1, "1")})));
    ASSERT_FALSE(waiting.IsReadable(std::chrono::milliseconds(100)));
    process().Signal(SIGTERM);
    EXPECT_THAT(ReadAnswer(waiting.Read()), IsProblem(503, "retry"));
  }
  EXPECT_EQ(process().AwaitEnd(), 0);
  EXPECT_EQ(sink().Count("SELECT count(*) FROM orders"), 1);
}

TEST_P(Crash, ATerminatedServiceIsUnreadyAndRemovesItsAddresses) {
  Start();
  ASSERT_EQ(process().Terminate(), 0);
  EXPECT_FALSE(std::filesystem::exists(process().data_dir() / "ingest.addr"));
  EXPECT_FALSE(std::filesystem::exists(process().data_dir() / "ops.addr"));
  process().Start();
  EXPECT_EQ(Post(kStream, Record("p", 0, "1")).status, 200);
}

TEST_P(Crash, ARestoredSinkIsBelievedAndTakesWhatIsSentAgain) {
  Prepare();
  const auto batch = [](int first, int count) {
    std::vector<std::string> records;
    for (int i = first; i < first + count; ++i) records.push_back(Record("p", i, "1"));
    return Array(records);
  };
  ASSERT_THAT(Post(kStream, batch(0, 100)), Settles(200, {{"applied", 100}}));
  switch (GetParam()) {
    case SinkKind::kSqlite:
      ASSERT_EQ(process().Terminate(), 0);
      std::filesystem::copy(process().data_dir().parent_path() / "sink.sqlite",
                            process().data_dir().parent_path() / "backup.sqlite");
      StartAgain();
      break;
    case SinkKind::kPostgres:
      SharedPostgres().SnapshotDataDir();
      process().AwaitReady();
      break;
    case SinkKind::kMysql:
      SharedMariadb().SnapshotDataDir();
      process().AwaitReady();
      break;
  }
  ASSERT_THAT(Post(kStream, batch(100, 100)), Settles(200, {{"applied", 100}}));
  switch (GetParam()) {
    case SinkKind::kSqlite:
      ASSERT_EQ(process().Terminate(), 0);
      std::filesystem::rename(process().data_dir().parent_path() / "backup.sqlite",
                              process().data_dir().parent_path() / "sink.sqlite");
      StartAgain();
      break;
    case SinkKind::kPostgres:
      SharedPostgres().RestoreDataDir();
      process().AwaitReady();
      break;
    case SinkKind::kMysql:
      SharedMariadb().RestoreDataDir();
      process().AwaitReady();
      break;
  }
  EXPECT_EQ(sink().AuditedWrites(kStream).size(), 100U);
  EXPECT_THAT(Post(kStream, batch(0, 300)), Settles(200, {{"duplicate", 100}, {"applied", 200}}));
  EXPECT_EQ(sink().AuditedWrites(kStream).size(), 300U);
  EXPECT_GE(service().Metric(R"(oncegate_ledger_regressions_total{sink="main"})"), 1);
}

TEST_P(Crash, AnEmptiedLedgerIsBelievedWithoutARestart) {
  Prepare();
  std::vector<std::string> records;
  for (int i = 0; i < 50; ++i) records.push_back(Record("p", i, "1"));
  ASSERT_THAT(Post(kStream, Array(records)), Settles(200, {{"applied", 50}}));
  sink().Query("DELETE FROM oncegate_ledger");
  EXPECT_THAT(Post(kStream, Array(records)), Settles(200, {{"applied", 50}}));
  EXPECT_GE(service().Metric(R"(oncegate_ledger_regressions_total{sink="main"})"), 1);
  EXPECT_THAT(Post(kStream, Array(records)), Settles(200, {{"duplicate", 50}}));
  EXPECT_THAT(sink().Rows(kStream, "p/"), SizeIs(50));
}

TEST_P(Crash, ASecondProcessOnTheFolderNamesTheFirst) {
  test::TemporaryFolder folder;
  Start();
  test::ServiceProcess second({.program = Program(),
                               .folder = process().data_dir().parent_path(),
                               .settings = sink().Settings(),
                               .environment = {},
                               .flags = {}});
  const std::size_t logged = process().Log().size();
  EXPECT_EQ(second.StartAndFail(), 1);
  EXPECT_THAT(second.Log().substr(logged), ::testing::HasSubstr(std::to_string(process().pid())));
}

}  // namespace
}  // namespace oncegate::e2e
