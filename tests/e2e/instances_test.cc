// Several instances on one Postgres, with no coordination but the sink.
#include <array>
#include <atomic>
#include <barrier>
#include <csignal>
#include <functional>
#include <random>
#include <thread>

#include "tests/e2e/loaded_service.h"
#include "tests/model/seed.h"
#include "tests/support/deadline.h"

namespace oncegate::e2e {
namespace {

using ::testing::SizeIs;

constexpr char kSettings[] = "[stream_defaults]\nrequest_timeout = \"4s\"\n";

/// Any number of processes on one sink.
class Instances : public ::testing::Test {
 protected:
  void Start(SinkKind kind, int count) {
    first_ = std::make_unique<Service>(kind, kSettings);
    processes_.push_back(&first_->process());
    for (int i = 1; i < count; ++i) {
      folders_.push_back(std::make_unique<test::TemporaryFolder>());
      further_.push_back(std::make_unique<test::ServiceProcess>(
          test::ServiceSetup{.program = Program(),
                             .folder = folders_.back()->path(),
                             .settings = sink().Settings() + kSettings,
                             .environment = {},
                             .flags = {}}));
      further_.back()->Start();
      processes_.push_back(further_.back().get());
    }
    ASSERT_THAT(first_->Post(kStream, Record("first", 0, "1")), Settles(200, {{"applied", 1}}));
    sink().Audit(kStream);
  }

  Service& first() { return *first_; }
  SinkSite& sink() { return first_->sink(); }
  test::ServiceProcess& process(int i) { return *processes_.at(static_cast<std::size_t>(i)); }
  std::uint16_t port(int i) {
    return processes_.at(static_cast<std::size_t>(i) % processes_.size())->ingest_port();
  }
  Answer Post(int i, const std::string& body) {
    return ReadAnswer(testing::Call(port(i), {"POST",
                                              std::string("/v1/streams/") + kStream + "/events",
                                              {{"Content-Type", "application/json"}},
                                              body}));
  }

 private:
  std::unique_ptr<Service> first_;
  std::vector<std::unique_ptr<test::TemporaryFolder>> folders_;
  std::vector<std::unique_ptr<test::ServiceProcess>> further_;
  std::vector<test::ServiceProcess*> processes_;
};

LoadShape Shape(int copies) {
  return {.stream = kStream,
          .clients = 12,
          .producers = 8,
          .events_per_producer = 400 * Scale(),
          .batch_records = 20,
          .copies = copies,
          .seed = TestSeed()};
}

TEST_F(Instances, FedTheSameEventsByManyClientsWriteEveryRowOnce) {
  Start(SinkKind::kPostgres, 2);
  Load load(Shape(6), [this](int client) { return port(client); });
  load.Start();
  load.Finish();
  ExpectEveryEventOnce(load, &sink(), kStream);
}

TEST_F(Instances, KilledInTurnTheyLoseAndRepeatNothing) {
  Start(SinkKind::kPostgres, 2);
  std::atomic<std::uint16_t> ports[2] = {port(0), port(1)};
  Load load(Shape(4), [&](int client) { return ports[client % 2].load(); });
  load.Start();
  for (int round = 0; round < 4 * Scale(); ++round) {
    const std::uint64_t goal = load.Answered() + 40;
    EXPECT_TRUE(test::Eventually(
        [&] { return load.Answered() >= goal || load.SettledKeys() == load.AllKeys(); }));
    ports[round % 2] = 0;
    process(round % 2).Kill();
    process(round % 2).Start();
    ports[round % 2] = process(round % 2).ingest_port();
  }
  load.Finish();
  ExpectEveryEventOnce(load, &sink(), kStream);
}

TEST_F(Instances, OneThatWasStoppedAndResumedWritesNothingStale) {
  Start(SinkKind::kPostgres, 2);
  Load load(Shape(4), [this](int client) { return port(client); });
  load.Start();
  for (int round = 0; round < 2 * Scale(); ++round) {
    std::uint64_t goal = load.Answered() + 40;
    const auto reached = [&] {
      return load.Answered() >= goal || load.SettledKeys() == load.AllKeys();
    };
    EXPECT_TRUE(test::Eventually(reached));
    process(1).Signal(SIGSTOP);
    goal = load.Answered() + 40;
    EXPECT_TRUE(test::Eventually(reached)) << "the other instance does not take over";
    process(1).Signal(SIGCONT);
  }
  load.Finish();
  ExpectEveryEventOnce(load, &sink(), kStream);
}

TEST_F(Instances, ThreeThatAreKilledAndStoppedAtRandomLoseAndRepeatNothing) {
  Start(SinkKind::kPostgres, 3);
  std::mt19937_64 random(TestSeed());
  const auto draw = [&](int bound) { return std::uniform_int_distribution<int>(0, bound)(random); };
  std::array<std::atomic<std::uint16_t>, 3> ports{port(0), port(1), port(2)};
  std::atomic<std::size_t> request{0};
  LoadShape shape = Shape(4);
  shape.content = LoadContent::kSharedKeys;
  Load load(shape, [&](int client) {
    // Whichever comes next, so that the copies of an event go to different instances.
    return ports[(request++ + static_cast<std::size_t>(client)) % ports.size()].load();
  });
  load.Start();
  for (int round = 0; round < 6 * Scale(); ++round) {
    const std::uint64_t goal = load.Answered() + 30;
    const auto reached = [&] { return load.Answered() >= goal || load.HasEnded(); };
    const int victim = draw(2);
    const bool kills = draw(1) == 0;
    if (kills) {
      ports[static_cast<std::size_t>(victim)] = 0;
      process(victim).Kill();
    } else {
      process(victim).Signal(SIGSTOP);
    }
    EXPECT_TRUE(test::Eventually(reached)) << "the others do not take over";
    if (kills) {
      process(victim).Start();
      ports[static_cast<std::size_t>(victim)] = process(victim).ingest_port();
    } else {
      process(victim).Signal(SIGCONT);
    }
  }
  load.Finish();
  ExpectEveryEventOnce(load, &sink(), kStream);
}

TEST_F(Instances, AnEventThatAStoppedInstanceHoldsIsFencedByABumpMeanwhile) {
  Start(SinkKind::kPostgres, 2);
  ASSERT_THAT(Post(1, Record("p", 0, "1")), Settles(200, {{"applied", 1}}));
  // What the second instance has read is not in the sink yet when it is stopped.
  process(1).Signal(SIGSTOP);
  testing::RawConnection waiting(port(1));
  ASSERT_TRUE(waiting.Send(testing::Serialize({"POST",
                                               std::string("/v1/streams/") + kStream + "/events",
                                               {{"Content-Type", "application/json"}},
                                               Record("p", 1, "\"stale\"")})));
  ASSERT_EQ(first()
                .Ingest({"POST",
                         "/v1/streams/orders/producers/p/epoch",
                         {{"Content-Type", "application/json"}},
                         R"({"expected_epoch":0,"sequence":"continue"})"})
                .status,
            200);
  process(1).Signal(SIGCONT);
  EXPECT_THAT(ReadAnswer(waiting.Read()), Settles(409, {{"fenced", 1}}));
  EXPECT_EQ(sink().Row(kStream, "p/0/1"), std::nullopt);
}

TEST_F(Instances, EachObeysThePurgeOfAnother) {
  Start(SinkKind::kPostgres, 2);
  const std::string events = Array({Record("p", 0, "1"), Record("p", 1, "1")});
  ASSERT_THAT(Post(0, events), Settles(200, {{"applied", 2}}));
  ASSERT_THAT(Post(1, events), Settles(200, {{"duplicate", 2}}));
  ASSERT_EQ(first()
                .OpsPost("/admin/v1/streams/orders/purge",
                         R"({"producer":"p","mode":"forget","dry_run":false})")
                .status,
            200);
  EXPECT_THAT(Post(1, events), Settles(200, {{"applied", 2}}));
  ASSERT_EQ(first()
                .OpsPost("/admin/v1/streams/orders/purge", R"({"producer":"p","dry_run":false})")
                .status,
            200);
  EXPECT_THAT(Post(1, events), Settles(410, {{"too_old", 2}}));
}

TEST_F(Instances, EachObeysTheBumpOfAnother) {
  Start(SinkKind::kPostgres, 2);
  ASSERT_THAT(Post(1, Record("p", 0, "1")), Settles(200, {{"applied", 1}}));
  ASSERT_EQ(first()
                .Ingest({"POST",
                         "/v1/streams/orders/producers/p/epoch",
                         {{"Content-Type", "application/json"}},
                         R"({"expected_epoch":0,"sequence":"continue"})"})
                .status,
            200);
  EXPECT_THAT(Post(1, Record("p", 1, "1")), Settles(409, {{"fenced", 1}}));
  EXPECT_THAT(Post(1, Record("p", 1, "1", R"("epoch":1)")), Settles(200, {{"applied", 1}}));
}

TEST_F(Instances, AStreamMadeByOneIsKnownToAnother) {
  Start(SinkKind::kPostgres, 2);
  EXPECT_THAT(Post(1, Record("first", 0, "1")), Settles(200, {{"duplicate", 1}}));
  EXPECT_EQ(
      ReadAnswer(testing::Call(port(1), {"GET", "/v1/streams/orders/producers/first", {}, ""}))
          .Member("highest_seq"),
      "0");
}

/// The answers of 64 clients that send one and the same event at once.
Counts SendAtOnce(std::int64_t sequence, const std::function<std::uint16_t(int)>& port) {
  constexpr int kClients = 64;
  const std::string bytes = testing::Serialize({"POST",
                                                std::string("/v1/streams/") + kStream + "/events",
                                                {{"Content-Type", "application/json"}},
                                                Record("same", sequence, "1")});
  std::barrier ready(kClients);
  std::vector<Answer> answers(kClients);
  std::vector<std::thread> clients;
  for (int client = 0; client < kClients; ++client) {
    clients.emplace_back([&, client] {
      testing::RawConnection connection(port(client));
      ready.arrive_and_wait();
      connection.Send(bytes);
      answers[static_cast<std::size_t>(client)] = ReadAnswer(connection.Read());
    });
  }
  for (std::thread& client : clients) client.join();
  Counts total;
  for (const Answer& answer : answers) {
    for (const auto& [verdict, count] : answer.VerdictCounts()) total[verdict] += count;
  }
  return total;
}

class Simultaneous : public Instances {
 protected:
  void ExpectOneWriter(SinkKind kind, int instances) {
    Start(kind, instances);
    for (int round = 0; round < 10 * Scale(); ++round) {
      EXPECT_EQ(SendAtOnce(round, [this](int client) { return port(client); }),
                (Counts{{"applied", 1}, {"duplicate", 63}}))
          << "round " << round;
    }
    for (const auto& [key, writes] : sink().AuditedWrites(kStream)) EXPECT_EQ(writes, 1) << key;
    EXPECT_THAT(sink().Rows(kStream, "same/"), SizeIs(10 * Scale()));
  }
};

TEST_F(Simultaneous, OneEventOfManyClientsIsAppliedOnceOnSqlite) {
  ExpectOneWriter(SinkKind::kSqlite, 1);
}

TEST_F(Simultaneous, OneEventOfManyClientsIsAppliedOnceOnPostgres) {
  ExpectOneWriter(SinkKind::kPostgres, 1);
}

TEST_F(Simultaneous, OneEventOfManyClientsIsAppliedOnceOverTwoInstances) {
  ExpectOneWriter(SinkKind::kPostgres, 2);
}

TEST_F(Simultaneous, OneEventOfManyClientsIsAppliedOnceOverThreeInstances) {
  ExpectOneWriter(SinkKind::kPostgres, 3);
}

}  // namespace
}  // namespace oncegate::e2e
