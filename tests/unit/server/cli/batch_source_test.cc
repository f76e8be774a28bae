#include "server/cli/batch_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/support/temporary_folder.h"

namespace oncegate {
namespace {

class Records : public testing::Test {
 protected:
  std::shared_ptr<RecordFile> Write(const std::string& text) {
    std::ofstream(path_, std::ios::binary) << text;
    auto file = RecordFile::Open(path_.string());
    EXPECT_TRUE(file.has_value());
    return *file;
  }
  std::shared_ptr<RecordFile> WriteLines(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += std::to_string(i) + "\n";
    return Write(text);
  }

  const test::TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_.path() / "records.ndjson";
};

std::vector<SendBatch> TakeAll(BatchSource* source) {
  std::vector<SendBatch> batches;
  for (;;) {
    auto batch = source->Next();
    EXPECT_TRUE(batch.has_value());
    if (!batch->has_value()) return batches;
    batches.push_back(std::move(**batch));
  }
}

TEST_F(Records, ABlankLineIsNoRecordAndUsesUpNoNumber) {
  const auto file = Write("a\n\n \t\r\nb\nc");
  const auto parts = file->Slice(2, 1);
  ASSERT_TRUE(parts.has_value());
  ASSERT_EQ(parts->at(0).size(), 2U);
  auto source = MakeFileSource(file, parts->at(0));
  const auto batches = TakeAll(source.get());
  EXPECT_EQ(batches[0].text, "a\n\n \t\r\nb\n");
  EXPECT_EQ(batches[0].records, 2U);
  EXPECT_EQ(batches[1].text, "c");
  EXPECT_EQ(batches[1].first_record, 2U);
  EXPECT_EQ(batches[1].records, 1U);
}

TEST_F(Records, AFileWithoutRecordsHasNoBatches) {
  EXPECT_TRUE(Write("")->Slice(10, 1)->at(0).empty());
  EXPECT_TRUE(Write("\n \n")->Slice(10, 1)->at(0).empty());
}

TEST_F(Records, WhereAPartBeginsDoesNotDependOnTheSizeOfBatches) {
  const auto file = WriteLines(1003);
  for (const std::uint32_t batch_records : {1U, 7U, 100U, 10'000U}) {
    const auto parts = *file->Slice(batch_records, 8);
    ASSERT_EQ(parts.size(), 8U);
    std::uint64_t next = 0;
    for (std::uint64_t part = 0; part < parts.size(); ++part) {
      EXPECT_EQ(parts[part].front().first_record, 1003 * part / 8);
      for (const BatchSlice& slice : parts[part]) {
        EXPECT_EQ(slice.first_record, next);
        EXPECT_LE(slice.records, batch_records);
        next += slice.records;
      }
    }
    EXPECT_EQ(next, 1003U);
  }
}

TEST_F(Records, MorePartsThanRecordsLeavesSomeEmpty) {
  const auto parts = *WriteLines(3)->Slice(10, 5);
  std::uint64_t records = 0;
  for (const auto& part : parts) {
    for (const BatchSlice& slice : part) records += slice.records;
  }
  EXPECT_EQ(parts.size(), 5U);
  EXPECT_EQ(records, 3U);
}

TEST_F(Records, SlicesReadBackAsTheFile) {
  const auto file = WriteLines(1000);
  const auto parts = *file->Slice(37, 3);
  std::string text;
  for (const auto& part : parts) {
    for (const BatchSlice& slice : part) text += *file->Read(slice);
  }
  std::ifstream whole(path_, std::ios::binary);
  EXPECT_EQ(text, std::string(std::istreambuf_iterator<char>(whole), {}));
}

TEST_F(Records, AFolderOrAMissingFileIsAnError) {
  EXPECT_TRUE(RecordFile::Open("/nowhere/x").has_error());
  EXPECT_TRUE(RecordFile::Open("/").has_error());
}

TEST_F(Records, ARehearsalSendsEveryBatchAsOftenAsAsked) {
  const auto slices = WriteLines(900)->Slice(1, 1)->at(0);
  const auto order = Rehearse(slices, {3, 42});
  std::map<std::uint64_t, int> copies;
  for (const BatchSlice& slice : order) ++copies[slice.first_record];
  EXPECT_EQ(copies.size(), 900U);
  for (const auto& [record, count] : copies) EXPECT_EQ(count, 3) << record;
}

TEST_F(Records, AShuffleChangesTheOrderWithinABoundedDistance) {
  const auto slices = WriteLines(2000)->Slice(1, 1)->at(0);
  const auto order = Rehearse(slices, {1, 42});
  std::uint64_t moved = 0;
  for (std::uint64_t i = 0; i < order.size(); ++i) {
    const std::uint64_t record = order[i].first_record;
    EXPECT_LT(record > i ? record - i : i - record, 256U);
    if (record != i) ++moved;
  }
  EXPECT_GT(moved, 1500U);
}

TEST(StreamSource, CutsTheInputAndSkipsWhatIsSettled) {
  std::istringstream input("a\n\nb\nc\r\nd");
  auto source = MakeStreamSource(&input, 2, 1);
  const auto batches = TakeAll(source.get());
  ASSERT_EQ(batches.size(), 2U);
  EXPECT_EQ(batches[0].first_record, 1U);
  EXPECT_EQ(batches[0].text, "b\nc\r\n");
  EXPECT_EQ(batches[0].records, 2U);
  EXPECT_EQ(batches[1].first_record, 3U);
  EXPECT_EQ(batches[1].text, "d\n");
}

}  // namespace
}  // namespace oncegate
