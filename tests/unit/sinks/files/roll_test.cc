// When parts are published, and as what.
#include <sys/stat.h>

#include <fstream>
#include <random>

#include "tests/unit/sinks/files/lake_test.h"

namespace oncegate::files {
namespace {

using Shows = test::LakeView::Shows;

/// A JSON string that does not compress.
std::string Noise(std::size_t bytes) {
  std::mt19937 random(7);
  std::string text = "\"";
  while (text.size() < bytes) text.push_back("0123456789abcdef"[random() % 16]);
  return text + "\"";
}

class Roll : public LakeTest {};

TEST_F(Roll, WhatIsCommittedLiesInTheOpenPartUntilItIsRolled) {
  Open();
  Write(3);
  Write(4);
  EXPECT_THAT(Published(), ::testing::IsEmpty());
  EXPECT_THAT(OpenFiles(), ::testing::SizeIs(1));
  ExpectEachOnce(lake(), Shows::kCommitted, 7);
}

TEST_F(Roll, APartThatReachedItsSizeIsPublished) {
  Open({{"roll_bytes", "4096"}});
  for (int i = 0; i < 4; ++i) Write(1, kNoon, Noise(3'000));
  ASSERT_TRUE(test::Eventually([&] { return Published().size() == 1; }));
  EXPECT_GT(std::filesystem::file_size(Published()[0]), 4'096U);
  EXPECT_THAT(test::LinesOfPart(Published()[0]), ::testing::SizeIs(3));
  ExpectEachOnce(lake(), Shows::kCommitted, 4);
}

TEST_F(Roll, APartThatReachedItsAgeIsPublishedWithoutTraffic) {
  Open({{"roll_interval", "100"}});
  Write(5);
  ASSERT_TRUE(EventuallyPublished(1));
  ExpectEachOnce(lake(), Shows::kPublished, 5);
  Write(2);
  ASSERT_TRUE(EventuallyPublished(2));
  ExpectEachOnce(lake(), Shows::kPublished, 7);
}

TEST_F(Roll, ANewDateBeginsANewPartInItsOwnFolder) {
  Open();
  Write(2, WallTime{kNoon.microseconds + 12 * kHour - 1});
  Write(3, WallTime{kNoon.microseconds + 12 * kHour});
  ASSERT_TRUE(test::Eventually([&] { return Published().size() == 1; }));
  EXPECT_EQ(Published()[0].parent_path(), lake() / "events/dt=2026-01-31");
  EXPECT_THAT(test::LinesOfPart(Published()[0]), ::testing::SizeIs(2));
  Close();
  ASSERT_THAT(Published(), ::testing::SizeIs(2));
  EXPECT_EQ(Published()[1].parent_path(), lake() / "events/dt=2026-02-01");
  ExpectEachOnce(lake(), Shows::kPublished, 5);
}

TEST_F(Roll, TheEndOfTheSinkPublishesWhatIsOpen) {
  Open();
  Write(3);
  Close();
  EXPECT_THAT(Published(), ::testing::SizeIs(1));
  EXPECT_THAT(OpenFiles(), ::testing::IsEmpty());
  ExpectEachOnce(lake(), Shows::kPublished, 3);
  Open();
  Write(2);
  Close();
  EXPECT_THAT(Published(), ::testing::SizeIs(2));
  ExpectEachOnce(lake(), Shows::kPublished, 5);
}

TEST_F(Roll, FilesHaveTheModeThatTheUmaskLeaves) {
  const mode_t before = ::umask(027);
  Open();
  Write(1);
  Close();
  ::umask(before);
  struct stat status {};
  ASSERT_EQ(::stat(Published().at(0).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
  ASSERT_EQ(::stat((lake() / "events").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0750U);
}

TEST_F(Roll, WhatCanNotBePublishedPausesTheSinkUntilItCan) {
  Open({{"roll_interval", "100"}});
  std::ofstream(lake() / "events") << "in the way";
  Write(3);
  ASSERT_TRUE(test::Eventually([&] { return !session().Ping(); }));
  const SinkStatus begun = session().Begin();
  ASSERT_FALSE(begun.has_value());
  EXPECT_EQ(begun.error().error_class, SinkErrorClass::kConnection) << begun.error().message;
  EXPECT_THAT(begun.error().message, ::testing::HasSubstr("events"));
  std::filesystem::remove(lake() / "events");
  ASSERT_TRUE(EventuallyPublished(1));
  ASSERT_TRUE(test::Eventually([&] { return session().Ping().has_value(); }));
  Write(2);
  Close();
  ExpectEachOnce(lake(), Shows::kPublished, 5);
}

}  // namespace
}  // namespace oncegate::files
