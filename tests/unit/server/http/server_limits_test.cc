// The server at its limits: time, size, number; and its end.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <ctime>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "dedupe/types/check.h"
#include "server/http/server.h"
#include "tests/support/http_client.h"
#include "tests/unit/server/http/test_server.h"

namespace oncegate::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Sends a byte now and then until there is an answer; a timeout that starts anew with each byte
// would never end this.
std::optional<HttpReply> Trickle(RawConnection* connection) {
  const auto give_up = steady_clock::now() + kPatience;
  while (steady_clock::now() < give_up && !connection->IsReadable(milliseconds(20))) {
    if (!connection->Send("x")) break;
  }
  return connection->Read();
}

TEST(ServerTimeouts, ASlowHeadIs408) {
  HttpLimits limits;
  limits.header_timeout = milliseconds(300);
  TestServer server(limits);
  RawConnection connection(server.port());
  ASSERT_TRUE(connection.Send("GET / HTTP/1.1\r\nHost: a\r\nX: "));
  const auto reply = Trickle(&connection);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 408);
  EXPECT_EQ(reply->Header("Connection"), "close");
}

TEST(ServerTimeouts, ASlowBodyIs408) {
  HttpLimits limits;
  limits.body_timeout = milliseconds(300);
  TestServer server(limits);
  for (const char* framing : {"Content-Length: 100000", "Transfer-Encoding: chunked"}) {
    RawConnection connection(server.port());
    ASSERT_TRUE(connection.Send("POST /echo HTTP/1.1\r\nHost: a\r\n" + std::string(framing) +
                                "\r\n\r\n1000\r\n"));
    const auto reply = Trickle(&connection);
    ASSERT_TRUE(reply) << framing;
    EXPECT_EQ(reply->status, 408) << framing;
  }
  EXPECT_EQ(server.dispatcher().handled(), 0U);
}

TEST(ServerTimeouts, AnIdleConnectionIsClosedWithoutAWord) {
  HttpLimits limits;
  limits.idle_timeout = milliseconds(200);
  TestServer server(limits);
  RawConnection fresh(server.port());
  RawConnection used(server.port());
  ASSERT_TRUE(used.Send(Post("/echo", "x")));
  ASSERT_TRUE(used.Read());
  EXPECT_TRUE(used.ReadsEnd());
  EXPECT_TRUE(fresh.ReadsEnd());
}

TEST(ServerTimeouts, AHandlerMayTakeLongerThanAnyOfThem) {
  HttpLimits limits;
  limits.header_timeout = limits.body_timeout = limits.idle_timeout = limits.write_timeout =
      milliseconds(100);
  TestServer server(limits);
  RawConnection connection(server.port());
  ASSERT_TRUE(connection.Send(Post("/hold", "x")));
  ASSERT_TRUE(server.dispatcher().WaitForHeld(1));
  EXPECT_FALSE(connection.IsReadable(milliseconds(500)));
  server.dispatcher().Release();
  EXPECT_EQ(connection.Read()->body, "released");
}

TEST(ServerTimeouts, AClientThatDoesNotReadIsDropped) {
  HttpLimits limits;
  limits.write_timeout = milliseconds(300);
  TestServer server(limits);
  RawConnection connection(server.port());
  ASSERT_TRUE(connection.Send("GET /big?50000000 HTTP/1.1\r\nHost: a\r\n\r\n"));
  const auto give_up = steady_clock::now() + kPatience;
  while (steady_clock::now() < give_up && server.observer().open_connections() != 0) {
    std::this_thread::yield();
  }
  EXPECT_EQ(server.observer().open_connections(), 0);
}

TEST(ServerLimits, AnAnnouncedOversizeIsRefusedBeforeItIsSent) {
  HttpLimits limits;
  limits.body_bytes = 1000;
  TestServer server(limits);
  RawConnection connection(server.port());
  ASSERT_TRUE(connection.Send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n"));
  const auto reply = connection.Read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 413);
  EXPECT_EQ(reply->Header("Connection"), "close");
  RawConnection exact(server.port());
  ASSERT_TRUE(exact.Send(Post("/echo", std::string(1000, 'x'))));
  EXPECT_EQ(exact.Read()->status, 200);
}

TEST(ServerLimits, AClientThatSendsEverythingFirstStillSeesThe413) {
  HttpLimits limits;
  limits.body_bytes = 1000;
  TestServer server(limits);
  RawConnection connection(server.port());
  EXPECT_TRUE(connection.Send(Post("/echo", std::string(30'000'000, 'x'))));
  const auto reply = connection.Read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 413);
}

TEST(ServerLimits, ChunkedBodiesAreCountedToo) {
  HttpLimits limits;
  limits.body_bytes = 1000;
  TestServer server(limits);
  RawConnection connection(server.port());
  ASSERT_TRUE(
      connection.Send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"));
  for (int i = 0; i < 11; ++i) connection.Send("64\r\n" + std::string(100, 'x') + "\r\n");
  const auto reply = connection.Read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 413);
  EXPECT_EQ(server.dispatcher().handled(), 0U);
}

TEST(ServerLimits, A404OutranksA413) {
  HttpLimits limits;
  limits.body_bytes = 1000;
  TestServer server(limits);
  RawConnection connection(server.port());
  ASSERT_TRUE(connection.Send("POST /missing HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n"));
  EXPECT_EQ(connection.Read()->status, 404);
}

TEST(ServerLimits, BodiesInFlightShareABudgetAndGiveItBack) {
  HttpLimits limits;
  limits.bodies_in_flight_bytes = 150'000;
  TestServer server(limits);
  const std::string body(100'000, 'x');
  RawConnection first(server.port());
  ASSERT_TRUE(first.Send(Post("/hold", body)));
  ASSERT_TRUE(server.dispatcher().WaitForHeld(1));
  RawConnection second(server.port());
  ASSERT_TRUE(second.Send(Post("/echo", body)));
  const auto refused = second.Read();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 429);
  EXPECT_EQ(refused->Header("Retry-After"), "1");
  server.dispatcher().Release();
  ASSERT_TRUE(first.Read());
  // The first may still be giving its memory back when its answer arrives.
  const auto give_up = steady_clock::now() + kPatience;
  int status = 429;
  while (status == 429 && steady_clock::now() < give_up) {
    status = Call(server.port(), {"POST", "/echo", {}, body})->status;
  }
  EXPECT_EQ(status, 200);
}

TEST(ServerLimits, ConnectionsBeyondTheCapAreTurnedAwayAndOthersServed) {
  HttpLimits limits;
  limits.connections = 2;
  TestServer server(limits);
  RawConnection first(server.port());
  auto second = std::make_unique<RawConnection>(server.port());
  ASSERT_TRUE(first.Send(Post("/echo", "1")));
  ASSERT_TRUE(first.Read());
  ASSERT_TRUE(second->Send(Post("/echo", "2")));
  ASSERT_TRUE(second->Read());
  RawConnection third(server.port());
  third.Send(Post("/echo", "3"));
  const auto refused = third.Read();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(refused->Header("Retry-After"), "1");
  EXPECT_TRUE(third.ReadsEnd());
  second.reset();
  const auto give_up = steady_clock::now() + kPatience;
  int status = 503;
  while (status == 503 && steady_clock::now() < give_up) {
    const auto reply = Call(server.port(), {"POST", "/echo", {}, "4"});
    if (reply) status = reply->status;
  }
  EXPECT_EQ(status, 200);
}

// Takes every descriptor that the process may still open. A limit alone does not: a number below
// it comes free whenever some thread closes what it had open for a moment, as the allocator does
// with the list of CPUs when a thread first asks it for memory.
class NoDescriptorsLeft {
 public:
  explicit NoDescriptorsLeft(int highest) {
    CHECK(getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const rlimit lowered{static_cast<rlim_t>(highest) + 1, before_.rlim_max};
    CHECK(setrlimit(RLIMIT_NOFILE, &lowered) == 0);
    for (int taken = dup(highest); taken >= 0; taken = dup(highest)) taken_.push_back(taken);
    CHECK(errno == EMFILE);
  }
  NoDescriptorsLeft(const NoDescriptorsLeft&) = delete;
  NoDescriptorsLeft& operator=(const NoDescriptorsLeft&) = delete;
  ~NoDescriptorsLeft() {
    CHECK(setrlimit(RLIMIT_NOFILE, &before_) == 0);
    for (const int taken : taken_) close(taken);
  }

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

TEST(ServerLimits, WithoutDescriptorsItWaitsAndDoesNotSpin) {
  TestServer server;
  // The threads have opened what they open once they have answered. Who asked stays connected,
  // so that nothing is closed later.
  std::vector<std::unique_ptr<RawConnection>> served;
  for (int i = 0; i < 8; ++i) {
    served.push_back(std::make_unique<RawConnection>(server.port()));
    ASSERT_TRUE(served.back()->Send(Post("/echo", "warm")));
    ASSERT_TRUE(served.back()->Read());
  }
  // Sockets first: the clients share the process, and its limit.
  std::vector<std::unique_ptr<RawConnection>> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(std::make_unique<RawConnection>());
  auto none_left = std::make_unique<NoDescriptorsLeft>(clients.back()->descriptor());
  for (const auto& client : clients) {
    client->Connect(server.port());
    EXPECT_TRUE(client->Send(Post("/echo", "patience")));
  }
  const std::clock_t busy_before = std::clock();
  EXPECT_FALSE(clients.front()->IsReadable(milliseconds(500)));
  const double busy_seconds = static_cast<double>(std::clock() - busy_before) / CLOCKS_PER_SEC;
  EXPECT_LT(busy_seconds, 0.25);
  none_left.reset();
  for (const auto& client : clients) {
    const auto reply = client->Read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->body, "patience");
  }
}

TEST(ServerStart, ATakenPortIsNamed) {
  TestServer server;
  RecordingObserver observer;
  SteeredDispatcher dispatcher(&observer);
  Logger logger(LogLevel::kError);
  const auto second =
      HttpServer::Listen({"127.0.0.1", server.port(), 1, {}}, {&dispatcher, &observer, &logger});
  ASSERT_FALSE(second.has_value());
  EXPECT_NE(second.error().message.find("127.0.0.1:" + std::to_string(server.port())),
            std::string::npos);
  EXPECT_NE(second.error().message.find("in use"), std::string::npos);
}

TEST(ServerStart, AForeignAddressIsNamed) {
  RecordingObserver observer;
  SteeredDispatcher dispatcher(&observer);
  Logger logger(LogLevel::kError);
  for (const char* address : {"192.0.2.1", "not-an-address"}) {
    const auto server = HttpServer::Listen({address, 0, 1, {}}, {&dispatcher, &observer, &logger});
    ASSERT_FALSE(server.has_value());
    EXPECT_NE(server.error().message.find(address), std::string::npos);
  }
}

TEST(ServerStop, FinishesWhatRunsAndClosesWhatIdles) {
  TestServer server;
  RawConnection idle(server.port());
  ASSERT_TRUE(idle.Send(Post("/echo", "x")));
  ASSERT_TRUE(idle.Read());
  RawConnection running(server.port());
  ASSERT_TRUE(running.Send(Post("/hold", "x") + Post("/echo", "y")));
  ASSERT_TRUE(server.dispatcher().WaitForHeld(1));
  server.server().BeginDrain();
  EXPECT_TRUE(idle.ReadsEnd());
  EXPECT_FALSE(server.server().Drain(steady_clock::now() + milliseconds(50)));
  server.dispatcher().Release();
  const auto reply = running.Read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "released");
  EXPECT_EQ(reply->Header("Connection"), "close");
  EXPECT_TRUE(running.ReadsEnd());
  RawConnection late(server.port());
  EXPECT_FALSE(late.Send(Post("/echo", "x")) && late.Read());
}

TEST(ServerStop, DrainsOnceEverybodyIsGone) {
  TestServer server;
  {
    RawConnection connection(server.port());
    ASSERT_TRUE(connection.Send(Post("/echo", "x")));
    ASSERT_TRUE(connection.Read());
  }
  server.server().BeginDrain();
  EXPECT_TRUE(server.server().Drain(steady_clock::now() + kPatience));
}

TEST(ServerStop, ForgetsWhoIsLeftAtTheDeadline) {
  TestServer server;
  RawConnection connection(server.port());
  ASSERT_TRUE(connection.Send(Post("/hold", "x")));
  ASSERT_TRUE(server.dispatcher().WaitForHeld(1));
  server.Stop();
  EXPECT_FALSE(connection.Read());
  // A late answer has nowhere to go, and no one to hurt.
  server.dispatcher().Release();
}

TEST(ServerStop, ClientsThatVanishLeaveNothingBehind) {
  TestServer server;
  for (int i = 0; i < 50; ++i) {
    RawConnection connection(server.port());
    connection.Send(i % 2 == 0 ? Post("/later", "x") : "POST /echo HTTP/1.1\r\nHost");
    connection.Reset();
  }
  const auto give_up = steady_clock::now() + kPatience;
  while (steady_clock::now() < give_up && server.observer().open_connections() != 0) {
    std::this_thread::yield();
  }
  EXPECT_EQ(server.observer().open_connections(), 0);
  EXPECT_EQ(Call(server.port(), {"POST", "/echo", {}, "still here"})->body, "still here");
}

}  // namespace
}  // namespace oncegate::testing
