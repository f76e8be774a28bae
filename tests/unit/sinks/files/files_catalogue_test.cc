// Who may write to a folder, and what a stream may be called there.
#include <unistd.h>

#include "tests/unit/sinks/files/lake_test.h"

namespace oncegate::files {
namespace {

using ::testing::HasSubstr;

class FilesCatalogue : public LakeTest {
 protected:
  /// The message of the refusal.
  std::string Refusal(const StreamTarget& target) {
    const SinkStatus ensured = session().EnsureStream(target);
    if (ensured) return "not refused";
    EXPECT_EQ(ensured.error().error_class, SinkErrorClass::kRefused);
    return ensured.error().message;
  }
};

TEST_F(FilesCatalogue, ASecondSinkOnTheFolderIsRefusedAndNamesTheHolder) {
  Open();
  const auto second = MakeSink(lake());
  const auto connected = second->Connect();
  ASSERT_FALSE(connected.has_value());
  EXPECT_EQ(connected.error().error_class, SinkErrorClass::kRefused);
  EXPECT_THAT(connected.error().message, HasSubstr("process " + std::to_string(::getpid())));
  Close();
  EXPECT_TRUE(second->Connect().has_value());
}

TEST_F(FilesCatalogue, EveryTargetButAppendIsRefusedByName) {
  Open();
  StreamTarget target = conformance::Target("orders");
  EXPECT_THAT(Refusal(target), ::testing::AllOf(HasSubstr("append"), HasSubstr("document")));
}

TEST_F(FilesCatalogue, AFolderThatReadersWouldNotSeeIsRefused) {
  Open();
  for (const std::string name : {"_orders", ".orders", "a/b", "..", "a b", "dt=x", ""}) {
    StreamTarget target = conformance::AppendTarget("orders");
    target.table = name;
    EXPECT_THAT(Refusal(target), HasSubstr("folder")) << name;
  }
}

TEST_F(FilesCatalogue, AFolderThatOncegateDidNotMakeIsNotTakenOver) {
  Open();
  std::filesystem::create_directories(lake() / "orders/dt=2020-01-01");
  EXPECT_THAT(Refusal(conformance::AppendTarget("orders")),
              HasSubstr((lake() / "orders").string()));
  EXPECT_THAT(session().ListStreams().value(), ::testing::SizeIs(1));
  std::filesystem::remove(lake() / "orders/dt=2020-01-01");
  EXPECT_TRUE(session().EnsureStream(conformance::AppendTarget("orders")).has_value());
}

TEST_F(FilesCatalogue, AFolderWhoseParentIsAwayIsNotMade) {
  const auto sink = MakeSink(folder() / "mount/lake");
  const auto connected = sink->Connect();
  ASSERT_FALSE(connected.has_value());
  EXPECT_EQ(connected.error().error_class, SinkErrorClass::kConnection);
  EXPECT_FALSE(std::filesystem::exists(folder() / "mount"));
  std::filesystem::create_directory(folder() / "mount");
  EXPECT_TRUE(sink->Connect().has_value());
}

TEST_F(FilesCatalogue, PublishedPartsMayBeRemovedByAnybody) {
  Open();
  Write(3);
  Close();
  std::filesystem::remove_all(lake() / "events");
  Open();
  Write(2);
  Close();
  EXPECT_THAT(Published(), ::testing::SizeIs(1));
}

}  // namespace
}  // namespace oncegate::files
