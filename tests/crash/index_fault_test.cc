// What becomes of the promise when the folder of the index is damaged, lost or from another time.
// Either the service goes on by itself, or it refuses to start, names the file and the way out, and
// the way out works. In both cases everything is then sent once more and found once.
#include <algorithm>
#include <fstream>

#include "tests/crash/promise_test.h"
#include "tests/support/child_process.h"
#include "tests/support/deadline.h"

namespace oncegate::crash {
namespace {

namespace fs = std::filesystem;

class IndexFaultTest : public PromiseTest {
 protected:
  /// A service that was killed with files of every kind in its folder, and everything settled.
  void PrepareKilled() {
    Prepare();
    StartLoads(12);
    FinishAndExpectEveryEventOnce();
    Kill();
    StartAgain();  // Makes a table of the log.
    StartLoads(12);
    FinishAndExpectEveryEventOnce();
    Kill();
  }

  /// The newest file of the folder whose name has this beginning and end.
  fs::path Newest(const std::string& beginning, const std::string& end) {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(process().index_dir())) {
      const std::string name = entry.path().filename();
      if (name.starts_with(beginning) && name.ends_with(end)) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    if (found.empty()) throw std::runtime_error("no " + beginning + "*" + end);
    return found.back();
  }

  static void FlipBitInTheMiddle(const fs::path& path) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    const auto middle = static_cast<std::streamoff>(fs::file_size(path) / 2);
    file.seekg(middle);
    const char byte = static_cast<char>(file.get() ^ 4);
    file.seekp(middle);
    file.put(byte);
  }

  void ExpectRefusalNaming(const fs::path& path) {
    const std::size_t logged = process().Log().size();
    EXPECT_EQ(process().StartAndFail(), 1);
    const std::string said = process().Log().substr(logged);
    EXPECT_THAT(said, ::testing::HasSubstr(path.string()));
    EXPECT_THAT(said, ::testing::HasSubstr("oncegate rebuild-index"));
  }

  std::string RebuildIndex() {
    const fs::path folder = process().data_dir().parent_path();
    const fs::path output = folder / "rebuild.log";
    // Without the environment of the test, which has settings of its own.
    test::RunChild({{"/usr/bin/env", "-i", e2e::Program(), "rebuild-index", "--config",
                     folder / "oncegate.toml"},
                    "",
                    output,
                    -1});
    std::ifstream file(output);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  void StartAndExpectEveryEventOnce() {
    StartAgain();
    ReplayLoads();
    FinishAndExpectEveryEventOnce();
  }

  void ExpectRefusalAndWayOut(const fs::path& path) {
    ExpectRefusalNaming(path);
    EXPECT_THAT(RebuildIndex(), ::testing::HasSubstr("set aside as"));
    StartAndExpectEveryEventOnce();
  }
};
ONCEGATE_ON_BOTH_SINKS(IndexFaultTest);

TEST_P(IndexFaultTest, ATornTailOfTheLogIsGotOver) {
  PrepareKilled();
  const fs::path log = Newest("", ".log");
  fs::resize_file(log, fs::file_size(log) - 5);
  StartAndExpectEveryEventOnce();
}

TEST_P(IndexFaultTest, AFlippedBitInTheLogIsRefusedAndRebuilt) {
  PrepareKilled();
  const fs::path log = Newest("", ".log");
  FlipBitInTheMiddle(log);
  ExpectRefusalAndWayOut(log);
}

TEST_P(IndexFaultTest, AFlippedBitInATableIsRefusedAndRebuilt) {
  PrepareKilled();
  const fs::path table = Newest("", ".ldb");
  FlipBitInTheMiddle(table);
  ExpectRefusalAndWayOut(table);
}

TEST_P(IndexFaultTest, AMissingTableIsRefusedAndRebuilt) {
  PrepareKilled();
  fs::remove(Newest("", ".ldb"));
  ExpectRefusalAndWayOut(process().index_dir());
}

TEST_P(IndexFaultTest, AMissingManifestIsRefusedAndRebuilt) {
  PrepareKilled();
  fs::remove(Newest("MANIFEST-", ""));
  ExpectRefusalAndWayOut(process().index_dir());
}

TEST_P(IndexFaultTest, AMissingCurrentIsRefusedAndRebuilt) {
  PrepareKilled();
  const fs::path current = process().index_dir() / "CURRENT";
  fs::remove(current);
  ExpectRefusalAndWayOut(current);
}

TEST_P(IndexFaultTest, WithoutItsFolderNothingIsAppliedTwice) {
  PrepareKilled();
  fs::remove_all(process().index_dir());
  StartAndExpectEveryEventOnce();
}

TEST_P(IndexFaultTest, AnOldCopyOfTheFolderIsCorrectedByTheLedger) {
  Prepare();
  StartLoads(60);
  AwaitAnswers(40);
  Kill();
  // It knows the producers of the load, and not how far they got since.
  const fs::path copy = process().data_dir() / "copy";
  fs::copy(process().index_dir(), copy, fs::copy_options::recursive);
  StartAgain();
  FinishAndExpectEveryEventOnce();
  Kill();
  fs::remove_all(process().index_dir());
  fs::rename(copy, process().index_dir());
  StartAndExpectEveryEventOnce();
}

TEST_P(IndexFaultTest, AnIndexThatIsNotDamagedMayBeRebuiltToo) {
  PrepareKilled();
  EXPECT_THAT(RebuildIndex(), ::testing::HasSubstr("set aside as"));
  StartAndExpectEveryEventOnce();
}

}  // namespace
}  // namespace oncegate::crash
