// The service without descriptors, and without memory: it refuses, or at the worst it ends, but
// nothing that was answered as settled is lost, and with room again it goes on.
#include <chrono>
#include <memory>
#include <set>
#include <thread>

#include "tests/e2e/service_test.h"
#include "tests/hostile/process_figures.h"
#include "tests/support/deadline.h"
#include "tests/support/sanitizer.h"

namespace oncegate::hostile {
namespace {

using std::chrono::milliseconds;
using testing::Serialize;

constexpr char kStream[] = "orders";
constexpr std::size_t kDescriptors = 80;

// Of the clients that ask for more memory than there is: together several times the room.
constexpr std::size_t kRoomBytes = std::size_t{40} << 20;
constexpr int kGreedyClients = 8;
constexpr int kGreedyRequests = 6;
constexpr std::size_t kGreedyValueBytes = 5'000'000;

class Exhaustion : public e2e::ServiceTest {
 protected:
  /// Starts the service again with limits as prlimit(1) writes them.
  void RestartWith(const std::vector<std::string>& limits) {
    process().Kill();
    process().setup().launcher = limits;
    if (!limits.empty()) {
      process().setup().launcher.insert(process().setup().launcher.begin(), "/usr/bin/prlimit");
    }
    process().Start();
  }
};
INSTANTIATE_TEST_SUITE_P(On, Exhaustion, ::testing::Values(e2e::SinkKind::kSqlite),
                         e2e::SinkKindName);

testing::HttpCall PostOf(const std::string& producer, int sequence,
                         const std::string& value = "1") {
  return {"POST",
          std::string("/v1/streams/") + kStream + "/events",
          {{"Content-Type", "application/json"}},
          e2e::Record(producer, sequence, value)};
}

TEST_P(Exhaustion, WithoutDescriptorsItServesWhoIsThereAndRecovers) {
  Start();
  ASSERT_EQ(Post(kStream, e2e::Record("first", 0, "1")).status, 200);
  const std::string count = std::to_string(kDescriptors);
  RestartWith({"--nofile=" + count + ":" + count});
  testing::RawConnection early(process().ingest_port());
  testing::RawConnection early_ops(process().ops_port());
  const std::string readiness = Serialize({"GET", "/readyz", {}, ""});
  ASSERT_TRUE(early.Send(Serialize(PostOf("early", 0))));
  ASSERT_TRUE(early.Read());
  ASSERT_TRUE(early_ops.Send(readiness));
  ASSERT_TRUE(early_ops.Read());

  std::vector<std::unique_ptr<testing::RawConnection>> crowd;
  for (std::size_t i = 0; i < 2 * kDescriptors; ++i) {
    crowd.push_back(std::make_unique<testing::RawConnection>(process().ingest_port()));
  }
  ASSERT_TRUE(
      test::Eventually([this] { return OpenDescriptors(process().pid()) >= kDescriptors; }));
  // The last of the crowd waits in the kernel's queue; while it waits, the service must not spin.
  const auto processor_before = ProcessorTime(process().pid());
  ASSERT_TRUE(crowd.back()->Send(Serialize(PostOf("late", 0))));
  const auto wait = milliseconds(1000);
  EXPECT_FALSE(crowd.back()->IsReadable(wait));
  const auto used = ProcessorTime(process().pid()) - processor_before;
  EXPECT_LT(used, wait / 4);
  std::cout << "processor time within " << wait.count() << " ms: " << used.count() << " ms\n";

  for (int sequence = 1; sequence < 20; ++sequence) {
    ASSERT_TRUE(early.Send(Serialize(PostOf("early", sequence))));
    const auto reply = early.Read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 200);
  }
  ASSERT_TRUE(early_ops.Send(readiness));
  const auto ready = early_ops.Read();
  ASSERT_TRUE(ready);
  EXPECT_EQ(ready->status, 200);
  EXPECT_THAT(process().Log(), ::testing::HasSubstr("connections can not be accepted"));

  const auto late = std::move(crowd.back());
  crowd.clear();
  const auto reply = late->Read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(service().Ops({"GET", "/readyz", {}, ""}).status, 200);
  EXPECT_GT(service().Metric("oncegate_http_connections"), 0);
  EXPECT_EQ(sink().Rows(kStream).size(), 22U);
}

/// Large and small ones by turns.
std::string GreedyValue(int sequence) {
  return sequence % 2 == 0 ? "\"" + std::string(kGreedyValueBytes, 'x') + "\"" : "1";
}

/// Sends its records, each once, and keeps the keys of those that were answered 200.
class Greedy {
 public:
  Greedy(test::ServiceProcess* process, std::string producer)
      : process_(process), producer_(std::move(producer)), thread_([this] { Run(); }) {}

  /// Once joined.
  const std::set<std::string>& settled() const { return settled_; }
  int refused() const { return refused_; }
  int unanswered() const { return unanswered_; }
  void Join() { thread_.join(); }

 private:
  void Run() {
    for (int sequence = 0; sequence < kGreedyRequests; ++sequence) {
      const auto reply = testing::Call(process_->ingest_port(),
                                       PostOf(producer_, sequence, GreedyValue(sequence)));
      if (!reply) {
        ++unanswered_;
      } else if (reply->status == 200) {
        settled_.insert(producer_ + "/0/" + std::to_string(sequence));
      } else {
        ++refused_;
      }
    }
  }

  test::ServiceProcess* process_;
  std::string producer_;
  std::set<std::string> settled_;
  int refused_ = 0;
  int unanswered_ = 0;
  std::jthread thread_;  // Last: it uses what stands above.
};

TEST_P(Exhaustion, WithoutMemoryNothingThatWasSettledIsLost) {
  if (test::kHasSanitizer) GTEST_SKIP() << "SKIPPED: built with a sanitizer";
  Start("[stream_defaults]\nrequest_timeout = \"1s\"\n");
  ASSERT_EQ(Post(kStream, e2e::Record("first", 0, "1")).status, 200);
  sink().Audit(kStream);
  RestartWith({"--as=" + std::to_string(VirtualBytes(process().pid()) + kRoomBytes)});
  std::vector<std::unique_ptr<Greedy>> clients;
  for (int i = 0; i < kGreedyClients; ++i) {
    clients.push_back(std::make_unique<Greedy>(&process(), "g" + std::to_string(i)));
  }
  std::set<std::string> settled;
  int refused = 0;
  int unanswered = 0;
  for (const auto& client : clients) {
    client->Join();
    settled.insert(client->settled().begin(), client->settled().end());
    refused += client->refused();
    unanswered += client->unanswered();
  }
  const bool has_ended = process().HasEnded();
  std::cout << settled.size() << " settled, " << refused << " refused, " << unanswered
            << " without an answer; the process " << (has_ended ? "ended" : "lived") << "\n";
  EXPECT_FALSE(settled.empty());
  EXPECT_GT(refused + unanswered, 0) << "there was no want of memory";
  RestartWith({});
  std::set<std::string> rows;
  for (const auto& row : sink().Rows(kStream, "g")) rows.insert(row.key);
  for (const std::string& key : settled) EXPECT_TRUE(rows.contains(key)) << key;
  // The same again, now with room: everything settles, and nothing is written twice.
  for (int i = 0; i < kGreedyClients; ++i) {
    const std::string producer = "g" + std::to_string(i);
    for (int sequence = 0; sequence < kGreedyRequests; ++sequence) {
      EXPECT_EQ(Post(kStream, e2e::Record(producer, sequence, GreedyValue(sequence))).status, 200);
    }
  }
  const auto writes = sink().AuditedWrites(kStream);
  EXPECT_EQ(writes.size(), std::size_t{kGreedyClients * kGreedyRequests});
  for (const auto& [key, count] : writes) EXPECT_EQ(count, 1) << key;
}

}  // namespace
}  // namespace oncegate::hostile
