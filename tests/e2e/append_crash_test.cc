// Appended events have no key that would hide a second write: the rows themselves tell how often
// each of them was written.
#include "tests/e2e/loaded_service.h"

namespace oncegate::e2e {
namespace {

class AppendCrash : public LoadedTest {};
ONCEGATE_ON_ALL_SINKS(AppendCrash);

TEST_P(AppendCrash, KilledUnderLoadEveryEventIsOneRow) {
  Prepare("[streams.orders]\ntarget = \"append\"\n");
  StartLoad(400 * Scale());
  for (int round = 0; round < 4 * Scale(); ++round) {
    AwaitAnswers(50);
    Kill();
    ExpectSettledEventsAreOneRowEach(load(), &sink(), kStream);
    if (round % 2 == 1) RemoveIndex();
    StartAgain();
  }
  load().Finish();
  ExpectEveryEventIsOneRow(load(), &sink(), kStream);
}

}  // namespace
}  // namespace oncegate::e2e
