// Appended events have no key that would hide a second write: the rows themselves tell how often
// each of them was written.
#include "tests/e2e/loaded_service.h"

namespace oncegate::e2e {
namespace {

using ::testing::IsEmpty;

class AppendCrash : public LoadedTest {
 protected:
  /// Events of the load as the table holds them, each as often as it is there.
  std::multiset<std::string> Written() {
    std::multiset<std::string> names;
    for (const SqlRow& row :
         sink().Query("SELECT producer, epoch, seq FROM orders WHERE producer <> 'first'")) {
      names.insert(*row.at(0) + "/" + *row.at(1) + "/" + *row.at(2));
    }
    return names;
  }

  void ExpectSettledOnesOnce() {
    const std::multiset<std::string> written = Written();
    const std::set<std::string> once(written.begin(), written.end());
    EXPECT_EQ(written.size(), once.size()) << "an event was written more than once";
    const std::set<std::string> settled = load().SettledKeys();
    EXPECT_TRUE(std::includes(once.begin(), once.end(), settled.begin(), settled.end()))
        << "an event was answered as settled and is not in the sink";
  }
};
ONCEGATE_ON_BOTH_SINKS(AppendCrash);

TEST_P(AppendCrash, KilledUnderLoadEveryEventIsOneRow) {
  Prepare("[streams.orders]\ntarget = \"append\"\n");
  StartLoad(400 * Scale());
  for (int round = 0; round < 4 * Scale(); ++round) {
    AwaitAnswers(50);
    Kill();
    ExpectSettledOnesOnce();
    if (round % 2 == 1) RemoveIndex();
    StartAgain();
  }
  load().Finish();
  EXPECT_THAT(load().Surprises(), IsEmpty());
  const std::multiset<std::string> written = Written();
  const std::set<std::string> all = load().AllKeys();
  EXPECT_EQ(written.size(), all.size());
  EXPECT_EQ(std::set<std::string>(written.begin(), written.end()), all);
}

}  // namespace
}  // namespace oncegate::e2e
