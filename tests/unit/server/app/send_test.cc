#include "server/cli/send.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "server/cli/http_client.h"
#include "tests/unit/server/app/running_service.h"

namespace oncegate {
namespace {

using testing::HasSubstr;
using testing::Not;

class Send : public RunningService {
 protected:
  SendCommand Command(const std::string& file) const {
    SendCommand command;
    command.stream = "orders";
    command.file = file;
    command.url = ingest_url_;
    command.producer = "pos-17";
    command.progress = ProgressMode::kNever;
    return command;
  }
  /// Until the service that runs now has answered that many requests, or nobody asks any more.
  void AwaitAnswers(int count, const std::atomic<bool>& done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (CountAnswers() < count && !done) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
  int CountAnswers() {
    HttpClient client(*ParseServerUrl(ops_url_), std::chrono::seconds(10));
    const auto answer = client.Send({"GET", "/metrics", "", "", "", {}, {}});
    if (answer.has_error()) return 0;
    const std::string name = R"(oncegate_http_requests_total{code="200",method="POST",)"
                             R"(route="/v1/streams/{stream}/events"} )";
    const std::size_t at = answer->body.find(name);
    return at == std::string::npos ? 0 : std::stoi(answer->body.substr(at + name.size()));
  }
  int Run(const SendCommand& command) {
    output_.str("");
    error_.str("");
    return RunSend(command, streams_);
  }
};

TEST_F(Send, EveryRecordIsSettledAndASecondRunHasNothingToDo) {
  const SendCommand command = Command(WriteFile("records", Records(1234)));
  EXPECT_EQ(Run(command), kExitDone) << error_.str();
  EXPECT_THAT(output_.str(), HasSubstr("answers   applied 1,234\n"));
  EXPECT_EQ(Run(command), kExitDone);
  EXPECT_THAT(output_.str(), HasSubstr("skipped   1,234 settled before\n"));
  EXPECT_THAT(output_.str(), HasSubstr("requests  0 answered"));
}

TEST_F(Send, WithoutResumeEverythingIsSentAgainAndIsDuplicate) {
  SendCommand command = Command(WriteFile("records", Records(100)));
  EXPECT_EQ(Run(command), kExitDone);
  command.resume = false;
  EXPECT_EQ(Run(command), kExitDone);
  EXPECT_THAT(output_.str(), HasSubstr("answers   duplicate 100\n"));
}

TEST_F(Send, AFileThatGrewIsGoneOnWith) {
  EXPECT_EQ(Run(Command(WriteFile("records", Records(100)))), kExitDone);
  SendCommand command = Command(WriteFile("records", Records(130)));
  command.batch_records = 10;
  EXPECT_EQ(Run(command), kExitDone);
  EXPECT_THAT(output_.str(), HasSubstr("answers   applied 30\n"));
}

TEST_F(Send, SeveralProducersCopiesAndDisorderApplyEveryRecordOnce) {
  SendCommand command = Command(WriteFile("records", Records(2003)));
  command.producers = 4;
  command.connections = 2;
  command.batch_records = 10;
  command.copies = 3;
  command.shuffle = 1;
  EXPECT_EQ(Run(command), kExitDone) << error_.str();
  EXPECT_THAT(output_.str(), HasSubstr("answers   applied 2,003, duplicate 4,006\n"));
  // Another batch size moves no record to another producer.
  command.batch_records = 77;
  command.resume = false;
  EXPECT_EQ(Run(command), kExitDone);
  EXPECT_THAT(output_.str(), HasSubstr("answers   duplicate 6,009\n"));
}

TEST_F(Send, StandardInputIsSentAndResumed) {
  input_.str(Records(100));
  EXPECT_EQ(Run(Command("-")), kExitDone);
  input_.clear();
  input_.str(Records(150));
  EXPECT_EQ(Run(Command("-")), kExitDone);
  EXPECT_THAT(output_.str(), HasSubstr("answers   applied 50\n"));
}

TEST_F(Send, ARefusedRecordIsNamedAndTheRunFails) {
  EXPECT_EQ(Run(Command(WriteFile("records", Records(3) + "{\"vaule\":1}\n" + Records(2)))),
            kExitFailed);
  EXPECT_THAT(output_.str(), HasSubstr("settled   5\nunsettled 1\n"));
  EXPECT_THAT(output_.str(), HasSubstr("  record 3: invalid ("));
}

TEST_F(Send, AStreamThatCanNotExistEndsTheRun) {
  SendCommand command = Command(WriteFile("records", Records(3000)));
  command.stream = "pg_orders";
  EXPECT_EQ(Run(command), kExitFailed);
  EXPECT_THAT(output_.str() + error_.str(), HasSubstr("status 404"));
}

TEST_F(Send, NobodyListeningIsGivenUpAfterAWhile) {
  StopService();
  SendCommand command = Command(WriteFile("records", Records(3)));
  command.retry_for = std::chrono::milliseconds(200);
  EXPECT_EQ(Run(command), kExitFailed);
  EXPECT_THAT(error_.str(), HasSubstr("Connection refused"));
}

TEST_F(Send, AServiceThatComesBackIsFound) {
  const SendCommand command = Command(WriteFile("records", Records(500)));
  const std::string address = ingest_address_;
  StopService();
  int status = -1;
  std::thread sender([&] { status = Run(command); });
  StartService(address);
  sender.join();
  EXPECT_EQ(status, kExitDone) << error_.str();
  EXPECT_THAT(output_.str(), HasSubstr("settled   500\n"));
}

TEST_F(Send, ADrainUnderLoadLosesNoAnswer) {
  constexpr int kRecords = 20'000;
  SendCommand command = Command(WriteFile("records", Records(kRecords)));
  command.producers = 4;
  command.batch_records = 20;
  const std::string address = ingest_address_;
  int status = -1;
  std::atomic<bool> done = false;
  std::thread sender([&] {
    status = Run(command);
    done = true;
  });
  for (int round = 0; round < 3 && !done; ++round) {
    AwaitAnswers(round * 100 + 1, done);
    StopService();
    StartService(address);
  }
  sender.join();
  EXPECT_EQ(status, kExitDone) << error_.str();
  // A record that was applied without an answer would have come back as a duplicate.
  EXPECT_THAT(output_.str(), HasSubstr("answers   applied 20,000\n"));
}

TEST_F(Send, AnEpochOfItsOwnStartsFromTheBeginning) {
  SendCommand command = Command(WriteFile("records", Records(10)));
  EXPECT_EQ(Run(command), kExitDone);
  command.epoch = 1;
  EXPECT_EQ(Run(command), kExitDone);
  EXPECT_THAT(output_.str(), HasSubstr("answers   applied 10\n"));
  // Without one the producer's current epoch is adopted, so nothing is fenced.
  command.epoch.reset();
  EXPECT_EQ(Run(command), kExitDone);
  EXPECT_THAT(output_.str(), Not(HasSubstr("fenced")));
}

TEST_F(Send, ContradictingOptionsAreWrongUsage) {
  SendCommand command = Command("-");
  command.copies = 2;
  EXPECT_EQ(Run(command), kExitUsage);
  command = Command("records");
  command.url = "ftp://x";
  EXPECT_EQ(Run(command), kExitUsage);
}

}  // namespace
}  // namespace oncegate
