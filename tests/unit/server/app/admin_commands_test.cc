#include "server/cli/admin_commands.h"

#include "server/cli/send.h"
#include "tests/unit/server/app/running_service.h"

namespace oncegate {
namespace {

using testing::HasSubstr;
using testing::Not;

class AdminCommands : public RunningService {
 protected:
  void SetUp() override {
    RunningService::SetUp();
    SendCommand send;
    send.stream = "orders";
    send.file = WriteFile("records", Records(40));
    send.url = ingest_url_;
    send.producer = "pos";
    send.producers = 2;
    send.progress = ProgressMode::kNever;
    ASSERT_EQ(RunSend(send, streams_), kExitDone) << error_.str();
    output_.str("");
  }

  PurgeCommand Purge(bool confirmed) const {
    PurgeCommand purge;
    purge.stream = "orders";
    purge.producer = "pos-1";
    purge.ops_url = ops_url_;
    purge.confirmed = confirmed;
    return purge;
  }
  std::string ListAsJson() {
    output_.str("");
    EXPECT_EQ(RunProducers({"orders", "", ops_url_, true}, streams_), kExitDone) << error_.str();
    return output_.str();
  }
};

TEST_F(AdminCommands, ProducersAreListed) {
  EXPECT_EQ(RunProducers({"orders", "", ops_url_, false}, streams_), kExitDone) << error_.str();
  EXPECT_THAT(output_.str(), HasSubstr("pos-1\n"));
  EXPECT_THAT(output_.str(), HasSubstr("pos-2\n"));
  output_.str("");
  EXPECT_EQ(RunProducers({"orders", "pos-2", ops_url_, false}, streams_), kExitDone);
  EXPECT_THAT(output_.str(), Not(HasSubstr("pos-1\n")));
  EXPECT_THAT(ListAsJson(), HasSubstr(R"("highest_seq":19)"));
}

TEST_F(AdminCommands, PurgeShowsThePlanAndDoesItOnlyWhenConfirmed) {
  EXPECT_EQ(RunPurge(Purge(false), streams_), kExitDone) << error_.str();
  EXPECT_THAT(output_.str(), HasSubstr(R"("dry_run":true)"));
  EXPECT_THAT(ListAsJson(), Not(HasSubstr(R"("floor":19)")));
  EXPECT_EQ(RunPurge(Purge(true), streams_), kExitDone) << error_.str();
  EXPECT_THAT(ListAsJson(), HasSubstr(R"("floor":19)"));
}

TEST_F(AdminCommands, WhatTheServiceRefusesIsToldAndFails) {
  PurgeCommand purge = Purge(true);
  purge.stream = "nothing";
  EXPECT_EQ(RunPurge(purge, streams_), kExitFailed);
  EXPECT_THAT(error_.str(), HasSubstr("status 404"));
  EXPECT_EQ(RunProducers({"nothing", "", ops_url_, false}, streams_), kExitFailed);
}

TEST_F(AdminCommands, DeadLettersAreListedReplayedAndDiscarded) {
  DeadLettersCommand letters;
  letters.ops_url = ops_url_;
  EXPECT_EQ(RunDeadLetters(letters, streams_), kExitDone) << error_.str();
  EXPECT_EQ(output_.str(), "");
  letters.action = DeadLettersAction::kReplay;
  letters.stream = "orders";
  EXPECT_EQ(RunDeadLetters(letters, streams_), kExitDone) << error_.str();
  EXPECT_THAT(output_.str(), HasSubstr(R"("refused":[],"next":null,"dry_run":true)"));
  EXPECT_THAT(error_.str(), HasSubstr("This is the plan"));
  letters.action = DeadLettersAction::kDiscard;
  letters.stream.clear();
  letters.ids = {"orders:none"};
  letters.confirmed = true;
  EXPECT_EQ(RunDeadLetters(letters, streams_), kExitDone) << error_.str();
  EXPECT_THAT(output_.str(), HasSubstr(R"("dead_letters":0,"next":null,"dry_run":false)"));
  letters.ids.clear();
  letters.stream = "nothing";
  EXPECT_EQ(RunDeadLetters(letters, streams_), kExitFailed);
  EXPECT_THAT(error_.str(), HasSubstr("status 404"));
}

TEST_F(AdminCommands, AUrlThatIsNoneIsWrongUsage) {
  EXPECT_EQ(RunProducers({"orders", "", "x", false}, streams_), kExitUsage);
}

}  // namespace
}  // namespace oncegate
