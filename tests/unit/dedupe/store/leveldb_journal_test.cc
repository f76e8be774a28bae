// The journal on disk: order, removal, what a crash and a failed write leave.
#include "dedupe/store/leveldb_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/dedupe/store/faulty_env.h"
#include "tests/unit/dedupe/store/store_folder.h"

namespace oncegate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint64_t kEnd = std::numeric_limits<std::uint64_t>::max();

class JournalFolder : public testing::Test {
 protected:
  Result<std::unique_ptr<LevelDbJournal>> TryOpen() {
    return LevelDbJournal::Open({.directory = directory(), .environment = &disk});
  }
  void Open() {
    journal.reset();
    auto opened = TryOpen();
    ASSERT_OK(opened);
    journal = std::move(*opened);
  }
  std::filesystem::path directory() const { return folder.root() / "journal"; }

  Status Append(std::string_view stream, std::uint64_t position, std::string_view events) {
    JournalWrite write;
    write.appends.push_back({stream, position, WallTime{5}, events});
    return journal->Write(write);
  }
  Status Remove(const std::string& stream, std::uint64_t position) {
    JournalWrite write;
    write.removals.push_back({stream, position});
    write.synced = false;
    return journal->Write(write);
  }
  std::vector<std::string> Contents(std::string_view stream, std::uint64_t first = 0,
                                    std::uint64_t last = kEnd, std::size_t bytes_max = 1 << 20) {
    const auto entries = journal->Read(stream, first, last, bytes_max);
    EXPECT_TRUE(entries.has_value()) << entries.error().message;
    std::vector<std::string> contents;
    for (const JournalEntry& entry : *entries) {
      contents.push_back(std::to_string(entry.position) + entry.events);
    }
    return contents;
  }

  FaultyEnv disk;
  const StoreFolder folder;
  std::unique_ptr<LevelDbJournal> journal;
};

TEST_F(JournalFolder, EntriesComeBackInOrderOfPositionAfterReopening) {
  Open();
  ASSERT_OK(Append("b", 256, "two"));
  ASSERT_OK(Append("b", 7, "one"));
  ASSERT_OK(Append("ba", 9, "of another stream"));
  Open();
  EXPECT_THAT(Contents("b"), ElementsAre("7one", "256two"));
  EXPECT_THAT(Contents("ba"), ElementsAre("9of another stream"));
  EXPECT_THAT(Contents("a"), ElementsAre());
  EXPECT_THAT(*journal->ListStreams(), ElementsAre("b", "ba"));
  EXPECT_EQ(journal->Read("b", 0, kEnd, 1)->front().accepted_at, WallTime{5});
}

TEST_F(JournalFolder, AReadIsBoundedByPositionsAndBytes) {
  Open();
  for (std::uint64_t position = 1; position <= 4; ++position) {
    ASSERT_OK(Append("s", position, "xxxx"));
  }
  EXPECT_THAT(Contents("s", 2, 3), ElementsAre("2xxxx", "3xxxx"));
  EXPECT_THAT(Contents("s", 0, kEnd, 0), ElementsAre("1xxxx"));
  EXPECT_THAT(Contents("s", 0, kEnd, 5), ElementsAre("1xxxx", "2xxxx"));
}

TEST_F(JournalFolder, RemovedEntriesStayAway) {
  Open();
  ASSERT_OK(Append("s", 1, "a"));
  ASSERT_OK(Append("s", 2, "b"));
  ASSERT_OK(Remove("s", 1));
  Open();
  EXPECT_THAT(Contents("s"), ElementsAre("2b"));
  ASSERT_OK(Remove("s", 2));
  EXPECT_THAT(*journal->ListStreams(), ElementsAre());
}

TEST_F(JournalFolder, PositionsGrowOverReopening) {
  Open();
  const std::uint64_t before = journal->NextPosition();
  EXPECT_GT(journal->NextPosition(), before);
  Open();
  EXPECT_GT(journal->NextPosition(), before + 1);
}

TEST_F(JournalFolder, AnAppendThatCanNotBeSyncedFailsAndPoisons) {
  Open();
  ASSERT_OK(Append("s", 1, "promised"));
  disk.FailSyncs(true);
  EXPECT_FALSE(Append("s", 2, "unknown").has_value());
  disk.FailSyncs(false);
  EXPECT_TRUE(journal->IsPoisoned());
  EXPECT_FALSE(Append("s", 3, "refused").has_value());
  EXPECT_FALSE(journal->Read("s", 0, kEnd, 1).has_value());
  EXPECT_FALSE(journal->ListStreams().has_value());
  ASSERT_OK(journal->Reopen());
  ASSERT_OK(Append("s", 4, "promised again"));
  Open();
  const auto contents = Contents("s");
  EXPECT_THAT(contents, testing::Contains("1promised"));
  EXPECT_THAT(contents, testing::Contains("4promised again"));
  EXPECT_THAT(contents, testing::Not(testing::Contains("3refused")));
}

TEST_F(JournalFolder, AFullDiskLosesNothingThatWasAcknowledged) {
  Open();
  std::vector<std::string> acknowledged;
  disk.LeaveSpaceFor(20'000);
  for (std::uint64_t position = 1; Append("s", position, std::string(300, 'x')); ++position) {
    acknowledged.push_back(std::to_string(position) + std::string(300, 'x'));
  }
  disk.FreeSpace();
  ASSERT_GT(acknowledged.size(), 10U);
  ASSERT_OK(journal->Reopen());
  const auto contents = Contents("s");
  ASSERT_GE(contents.size(), acknowledged.size());
  EXPECT_TRUE(std::equal(acknowledged.begin(), acknowledged.end(), contents.begin()));
}

TEST_F(JournalFolder, DamageRefusesTheStartAndNeverAdvisesRebuilding) {
  Open();
  for (std::uint64_t position = 1; position <= 50; ++position) {
    ASSERT_OK(Append("s", position, std::string(200, 'x')));
  }
  journal.reset();
  for (const auto& file : std::filesystem::directory_iterator(directory())) {
    if (file.path().extension() == ".log") FlipBit(file.path(), 3'000);
  }
  const auto opened = TryOpen();
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(opened.error().message, HasSubstr("the journal is damaged: "));
  EXPECT_THAT(opened.error().message, HasSubstr(".log"));
  EXPECT_THAT(opened.error().message, testing::Not(HasSubstr("rebuild-index")));
}

TEST_F(JournalFolder, ASecondProcessIsRefused) {
  Open();
  EXPECT_FALSE(TryOpen().has_value());
}

}  // namespace
}  // namespace oncegate
