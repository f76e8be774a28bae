// What a process that died leaves behind. A copy of the folder of a running sink is what a kill
// would leave at that point; steps that last too short for that are made by hand.
#include <fstream>

#include "tests/unit/sinks/files/lake_test.h"

namespace oncegate::files {
namespace {

using Shows = test::LakeView::Shows;

class PartCrash : public LakeTest {
 protected:
  /// The folder as it is now; nobody holds it.
  std::filesystem::path Image() {
    const std::filesystem::path image = folder() / ("image" + std::to_string(++images_));
    std::filesystem::copy(lake(), image, std::filesystem::copy_options::recursive);
    return image;
  }
  static void Query(const std::filesystem::path& image, const std::string& sql) {
    test::LakeView(image, Shows::kPublished).Query(sql);
  }
  /// A start on the image, and its end.
  static void Recover(const std::filesystem::path& image) {
    const auto sink = MakeSink(image);
    const auto session = sink->Connect();
    ASSERT_TRUE(session.has_value()) << session.error().message;
  }
  static std::string Refusal(const std::filesystem::path& image) {
    const auto session = MakeSink(image)->Connect();
    if (session) return "not refused";
    EXPECT_EQ(session.error().error_class, SinkErrorClass::kRefused);
    return session.error().message;
  }
  static void ExpectRecovered(const std::filesystem::path& image, std::int64_t events) {
    for (int starts = 0; starts < 2; ++starts) {
      Recover(image);
      ExpectEachOnce(image, Shows::kPublished, events);
      EXPECT_TRUE(std::filesystem::is_empty(image / "_oncegate/open"));
    }
  }
  static std::filesystem::path OnlyOpenFile(const std::filesystem::path& image) {
    return std::filesystem::directory_iterator(image / "_oncegate/open")->path();
  }
  static void AppendBytes(const std::filesystem::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary | std::ios::app) << bytes;
  }

 private:
  int images_ = 0;
};

TEST_F(PartCrash, AfterACommitEverythingIsThere) {
  Open();
  Write(3);
  Write(4);
  ExpectRecovered(Image(), 7);
}

TEST_F(PartCrash, BetweenTheSyncAndTheCommitNothingOfTheGroupIsThere) {
  Open();
  ASSERT_TRUE(session().Begin().has_value());
  ASSERT_TRUE(Append(5).has_value());
  const auto first = Image();
  session().Rollback();
  Recover(first);
  EXPECT_THAT(test::PublishedParts(first, "events"), ::testing::IsEmpty());
  EXPECT_TRUE(std::filesystem::is_empty(first / "_oncegate/open")) << "a stray was kept";
}

TEST_F(PartCrash, BehindWhatWasCommittedAnUncommittedGroupIsCutOff) {
  Open();
  Write(3);
  const auto size = std::filesystem::file_size(OpenFiles()[0]);
  ASSERT_TRUE(session().Begin().has_value());
  ASSERT_TRUE(Append(5).has_value());
  const auto image = Image();
  EXPECT_GT(std::filesystem::file_size(OnlyOpenFile(image)), size);
  ExpectRecovered(image, 3);
}

TEST_F(PartCrash, InTheMiddleOfAWriteHalfAFrameIsCutOff) {
  Open();
  Write(3);
  const auto image = Image();
  AppendBytes(OnlyOpenFile(image), "\x28\xb5\x2f\xfd half");
  ExpectRecovered(image, 3);
}

TEST_F(PartCrash, EveryStepOfPublishingIsCompleted) {
  Open();
  Write(6);
  for (const int steps : {0, 1, 2, 3, 4}) {
    SCOPED_TRACE(steps);
    const auto image = Image();
    const auto open = OnlyOpenFile(image);
    const auto day = image / "events/dt=2026-01-31";
    if (steps >= 1) Query(image, "UPDATE oncegate_parts SET state = 'publishing'");
    if (steps >= 2) std::filesystem::create_directories(day);
    if (steps >= 3) std::filesystem::rename(open, day / open.filename());
    if (steps >= 4) Query(image, "UPDATE oncegate_parts SET state = 'published'");
    ExpectRecovered(image, 6);
  }
}

TEST_F(PartCrash, ALostPartRefusesTheStartAndSaysWhatToDo) {
  Open();
  Write(3);
  const auto gone = Image();
  const std::string name = OnlyOpenFile(gone).filename();
  std::filesystem::remove(OnlyOpenFile(gone));
  const auto cut = Image();
  std::filesystem::resize_file(OnlyOpenFile(cut), 10);
  for (const auto& image : {gone, cut}) {
    EXPECT_THAT(Refusal(image), ::testing::AllOf(::testing::HasSubstr("delete the row \"" + name),
                                                 ::testing::HasSubstr("3 events")));
  }
  Query(gone, "DELETE FROM oncegate_parts WHERE name = '" + name + "'");
  Recover(gone);
}

TEST_F(PartCrash, PartsWithoutTheirManifestAreRefusedAndKept) {
  Open();
  Write(3);
  const auto image = Image();
  const auto part = OnlyOpenFile(image);
  for (const char* end : {"", "-wal", "-shm"}) {
    std::filesystem::remove(image / ("_oncegate/manifest.sqlite" + std::string(end)));
  }
  EXPECT_THAT(Refusal(image), ::testing::HasSubstr(part.filename().string()));
  EXPECT_TRUE(std::filesystem::exists(part)) << "it holds what was answered as settled";
}

TEST_F(PartCrash, AListOfAnotherVersionIsRefused) {
  Open();
  const auto image = Image();
  Query(image, "UPDATE oncegate_schema SET value = '2' WHERE name = 'parts_version'");
  EXPECT_THAT(Refusal(image), ::testing::HasSubstr("parts_version 2, this oncegate knows 1"));
}

TEST_F(PartCrash, NothingIsPublishedOverAFileThatIsThere) {
  Open();
  Write(3);
  const auto image = Image();
  const auto day = image / "events/dt=2026-01-31";
  std::filesystem::create_directories(day);
  std::ofstream(day / OnlyOpenFile(image).filename()) << "other";
  const auto session = MakeSink(image)->Connect();
  ASSERT_FALSE(session.has_value());
  EXPECT_THAT(session.error().message, ::testing::HasSubstr("File exists"));
}

class PartInUse : public PartCrash {};

TEST_F(PartInUse, ARollbackLeavesTheFileAsItWas) {
  Open();
  Write(3);
  const auto size = std::filesystem::file_size(OpenFiles()[0]);
  ASSERT_TRUE(session().Begin().has_value());
  ASSERT_TRUE(Append(5).has_value());
  session().Rollback();
  EXPECT_EQ(std::filesystem::file_size(OpenFiles()[0]), size);
  ASSERT_TRUE(session().Begin().has_value());
  ASSERT_TRUE(Append(5, WallTime{kNoon.microseconds + 24 * kHour}).has_value());
  EXPECT_THAT(OpenFiles(), ::testing::SizeIs(2));
  session().Rollback();
  EXPECT_THAT(OpenFiles(), ::testing::SizeIs(1));
}

TEST_F(PartInUse, ASessionThatIsGivenUpLeavesTheFileAsItWas) {
  Open();
  Write(3);
  const auto size = std::filesystem::file_size(OpenFiles()[0]);
  ASSERT_TRUE(session().Begin().has_value());
  ASSERT_TRUE(Append(5).has_value());
  GiveUp();
  EXPECT_EQ(std::filesystem::file_size(OpenFiles()[0]), size);
}

// Its bytes may be those of a COMMIT that failed and will be there after the next crash.
TEST_F(PartInUse, APartThatIsLongerThanCommittedIsNotWrittenAgain) {
  Open();
  Write(3);
  const auto first = OpenFiles()[0];
  AppendBytes(first, "of an unknown fate");
  const auto size = std::filesystem::file_size(first);
  ASSERT_TRUE(session().Begin().has_value());
  ASSERT_TRUE(Append(4).has_value());
  EXPECT_EQ(std::filesystem::file_size(first), size);
  ExpectRecovered(Image(), 3);
  ASSERT_EQ(session().Commit(), CommitOutcome::kCommitted);
  ASSERT_TRUE(test::Eventually([&] { return Published().size() == 1; }));
  EXPECT_THAT(test::LinesOfPart(Published()[0]), ::testing::SizeIs(3));
  ExpectRecovered(Image(), 7);
}

TEST_F(PartInUse, APartThatWasRemovedStopsItsStreamAlone) {
  Open();
  Write(3);
  const auto other = conformance::AppendTarget("others");
  ASSERT_TRUE(session().EnsureStream(other).has_value());
  std::filesystem::rename(OpenFiles()[0], folder() / "away");
  ASSERT_TRUE(session().Begin().has_value());
  const SinkStatus appended = Append(1);
  session().Rollback();
  ASSERT_FALSE(appended.has_value());
  EXPECT_EQ(appended.error().error_class, SinkErrorClass::kStream) << appended.error().message;
  EXPECT_TRUE(session().IsUsable());
}

TEST_F(PartInUse, ALostFolderPausesTheSinkAndComesBack) {
  Open();
  Write(3);
  std::filesystem::rename(lake(), folder() / "away");
  const SinkStatus begun = session().Begin();
  ASSERT_FALSE(begun.has_value());
  EXPECT_EQ(begun.error().error_class, SinkErrorClass::kConnection) << begun.error().message;
  std::filesystem::rename(folder() / "away", lake());
  Connect();
  Write(2);
  Close();
  ExpectEachOnce(lake(), Shows::kPublished, 5);
}

}  // namespace
}  // namespace oncegate::files
