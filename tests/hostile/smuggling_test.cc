// The corpus against the running service: however the bytes arrive, a bad request is answered once
// and is the end of its connection, and none of its events reaches the sink.
#include <algorithm>
#include <chrono>
#include <memory>
#include <set>

#include "tests/e2e/service_test.h"
#include "tests/hostile/smuggling_corpus.h"

namespace oncegate::hostile {
namespace {

using e2e::Answer;
using e2e::IsProblem;

/// How a request's bytes are handed to the kernel.
enum class Arrival : std::uint8_t { kAtOnce, kInPieces };

class Smuggling : public e2e::ServiceTest {
 protected:
  void SetUp() override {
    Start("[limits]\nheader_timeout = \"2s\"\nbody_timeout = \"2s\"\n");
    ASSERT_EQ(Post(kStream, e2e::Record("baseline", 0, "1")).status, 200);
  }

  /// False once the service does not want any more.
  static bool Send(testing::RawConnection* connection, std::string_view bytes, Arrival arrival) {
    if (arrival == Arrival::kAtOnce) return connection->Send(bytes);
    // Byte by byte, but a long one in few enough pieces to be done in time.
    const std::size_t piece = std::max<std::size_t>(bytes.size() / 2000, 1);
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      if (!connection->Send(bytes.substr(at, piece))) return false;
    }
    return true;
  }

  void ExpectNothingTaken(const std::string& what) {
    for (const char* producer : {kCarried, kSmuggled}) {
      EXPECT_EQ(service().Producer(kStream, producer).status, 404) << what << ": " << producer;
    }
  }

  void ExpectRefused(const BadRequest& request, testing::RawConnection* connection) {
    const Answer answer = e2e::ReadAnswer(connection->Read());
    EXPECT_THAT(answer, IsProblem(request.status, std::string(request.code))) << request.name;
    EXPECT_FALSE(answer.reply.keep_alive) << request.name;
    EXPECT_TRUE(connection->ReadsEnd()) << request.name << ": something follows the answer";
  }

  void ExpectAllRefused(Arrival arrival) {
    for (const BadRequest& request : SmugglingCorpus()) {
      testing::RawConnection connection(process().ingest_port());
      Send(&connection, request.bytes, arrival);
      ExpectRefused(request, &connection);
      ExpectNothingTaken(request.name);
    }
    EXPECT_EQ(sink().Rows(kStream).size(), 1U);
  }
};
INSTANTIATE_TEST_SUITE_P(On, Smuggling, ::testing::Values(e2e::SinkKind::kSqlite),
                         e2e::SinkKindName);

TEST_P(Smuggling, TheCorpusIsLargeAndItsNamesAreUnique) {
  std::set<std::string> names;
  for (const BadRequest& request : SmugglingCorpus()) {
    EXPECT_TRUE(names.insert(request.name).second) << request.name;
  }
  EXPECT_GE(names.size(), 100U);
}

TEST_P(Smuggling, EveryBadRequestIsTheEndOfItsConnection) { ExpectAllRefused(Arrival::kAtOnce); }

TEST_P(Smuggling, EveryBadRequestIsRefusedInPiecesAsWell) { ExpectAllRefused(Arrival::kInPieces); }

TEST_P(Smuggling, WhatNeverEndsIsRefusedInTime) {
  std::vector<std::unique_ptr<testing::RawConnection>> connections;
  for (const BadRequest& request : UnfinishedRequests()) {
    connections.push_back(std::make_unique<testing::RawConnection>(process().ingest_port()));
    ASSERT_TRUE(connections.back()->Send(request.bytes));
  }
  std::size_t next = 0;
  for (const BadRequest& request : UnfinishedRequests()) {
    ExpectRefused(request, connections[next++].get());
  }
  ExpectNothingTaken("unfinished");
}

TEST_P(Smuggling, AnUnfinishedRequestThatEndsIsRefusedAtOnce) {
  for (const BadRequest& request : UnfinishedRequests()) {
    testing::RawConnection connection(process().ingest_port());
    ASSERT_TRUE(connection.Send(request.bytes));
    connection.ShutdownSend();
    const Answer answer = e2e::ReadAnswer(connection.Read());
    EXPECT_THAT(answer, IsProblem(400, "incomplete_request")) << request.name;
    EXPECT_TRUE(connection.ReadsEnd()) << request.name;
  }
  ExpectNothingTaken("cut off");
}

TEST_P(Smuggling, WhatCanBeReadInOneWayOnlyIsServed) {
  for (const Arrival arrival : {Arrival::kAtOnce, Arrival::kInPieces}) {
    for (const OddRequest& request : OddRequests()) {
      testing::RawConnection connection(process().ingest_port());
      Send(&connection, request.bytes, arrival);
      std::vector<int> statuses;
      while (statuses.size() < request.statuses.size()) {
        const auto reply = connection.Read();
        statuses.push_back(reply ? reply->status : 0);
        if (!reply) break;
        if (reply->status == 100) statuses.pop_back();
      }
      EXPECT_EQ(statuses, request.statuses) << request.name;
      // The service has nothing more to say: the end of the requests is the end of the answers.
      connection.ShutdownSend();
      EXPECT_TRUE(connection.ReadsEnd()) << request.name;
    }
  }
  // The baseline, and one row for each of the two events, however often they came.
  EXPECT_EQ(sink().Rows(kStream).size(), 3U);
}

}  // namespace
}  // namespace oncegate::hostile
