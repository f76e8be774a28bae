// A process that is killed while it writes.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/dedupe/store/child_process.h"
#include "tests/unit/dedupe/store/store_folder.h"

namespace oncegate {
namespace {

TEST(Crash, EverythingAcknowledgedSurvivesAKill) {
  for (int lines_max : {1, 50, 150, 400}) {
    const StoreFolder folder;
    ChildProcess writer({ONCEGATE_STORE_TEST_PROCESS, "append", folder.store().string()});
    std::size_t acknowledged = 0;
    while (lines_max-- > 0 && writer.ReadLine()) ++acknowledged;
    writer.Kill();
    while (writer.ReadLine()) ++acknowledged;
    EXPECT_EQ(writer.Wait(), 128 + 9);

    const auto store = folder.Open();
    const std::vector<std::string> trail = AuditTrail(store.get());
    ASSERT_GE(trail.size(), acknowledged);
    for (std::size_t i = 0; i < trail.size(); ++i) EXPECT_EQ(trail[i], std::to_string(i));
    const auto producer = store->ReadProducer({"orders", "pos-17"});
    ASSERT_OK(producer);
    EXPECT_GE(HighestSequence((*producer)->state.window) + 1,
              static_cast<std::int64_t>(acknowledged));
  }
}

}  // namespace
}  // namespace oncegate
