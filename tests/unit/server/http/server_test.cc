// The server on real sockets: connections, framing, answers.
#include "server/http/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/http_client.h"
#include "tests/unit/server/http/test_server.h"

namespace oncegate::testing {
namespace {

using std::chrono::milliseconds;

TEST(Server, AnswersOnAKeptConnection) {
  TestServer server;
  RawConnection connection(server.port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(connection.Send(Post("/echo", "body " + std::to_string(i))));
    const auto reply = connection.Read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 200);
    EXPECT_EQ(reply->body, "body " + std::to_string(i));
    EXPECT_TRUE(reply->keep_alive);
    EXPECT_EQ(reply->Header("X-Request-Id").size(), 32U);
    EXPECT_EQ(reply->Header("Date").size(), 29U);
    EXPECT_FALSE(reply->HasHeader("Connection"));
  }
}

TEST(Server, AnswersFromOtherThreads) {
  TestServer server;
  RawConnection connection(server.port());
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(connection.Send(Post("/later", std::to_string(i))));
    const auto reply = connection.Read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->body, std::to_string(i));
  }
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  TestServer server;
  RawConnection connection(server.port());
  std::string bytes;
  for (int i = 0; i < 100; ++i) {
    bytes += Post(i % 3 == 0 ? "/later" : "/echo", std::to_string(i));
    if (i % 7 == 0) bytes += "\r\n";
  }
  ASSERT_TRUE(connection.Send(bytes));
  for (int i = 0; i < 100; ++i) {
    const auto reply = connection.Read();
    ASSERT_TRUE(reply) << i;
    EXPECT_EQ(reply->body, std::to_string(i));
  }
}

TEST(Server, TakesARequestByteByByte) {
  TestServer server;
  RawConnection connection(server.port());
  for (const char c : Post("/echo", "slow")) ASSERT_TRUE(connection.Send(std::string_view(&c, 1)));
  const auto reply = connection.Read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "slow");
}

TEST(Server, TakesOverTheRequestId) {
  TestServer server;
  RawConnection connection(server.port());
  ASSERT_TRUE(connection.Send(Post("/echo", "x", "X-Request-Id: mine\r\n")));
  EXPECT_EQ(connection.Read()->Header("x-request-id"), "mine");
  // Also where the request is refused for its framing.
  ASSERT_TRUE(connection.Send(Post("/echo", "x", "X-Request-Id: bad\r\nHost: b\r\n")));
  const auto reply = connection.Read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 400);
  EXPECT_EQ(reply->Header("X-Request-Id"), "bad");
}

TEST(Server, FramingErrorsAreProblemsAndEndTheConnection) {
  const std::vector<std::pair<std::string, int>> cases{
      {"nonsense\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\nHost: a\n\n", 400},
      {"\x16\x03\x01", 400},
      {"GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(17'000, 'a') + "\r\n\r\n", 431},
      {"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505},
      {"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"POST /echo HTTP/1.1\r\nHost: a\r\n\r\n", 411},
      {"GET /% HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\nab", 400},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: tea\r\n\r\nx", 417},
  };
  TestServer server;
  for (const auto& [bytes, status] : cases) {
    RawConnection connection(server.port());
    // What follows would be served if the connection went on.
    ASSERT_TRUE(connection.Send(bytes));
    connection.Send("\r\n\r\n" + Post("/echo", "smuggled"));
    const auto reply = connection.Read();
    ASSERT_TRUE(reply) << bytes;
    EXPECT_EQ(reply->status, status) << bytes;
    EXPECT_EQ(reply->Header("Content-Type"), "application/problem+json");
    EXPECT_EQ(reply->Header("Connection"), "close");
    EXPECT_NE(reply->body.find("\"status\":" + std::to_string(status)), std::string::npos);
    EXPECT_TRUE(connection.ReadsEnd()) << bytes;
  }
  EXPECT_EQ(server.dispatcher().handled(), 0U);
}

TEST(Server, DecodesChunkedBodies) {
  TestServer server;
  RawConnection connection(server.port());
  const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  ASSERT_TRUE(connection.Send(head + "4\r\nWiki\r\n"));
  ASSERT_TRUE(connection.Send("5\r\npedia\r\n0\r\nTrailer: x\r\n\r\n" + Post("/echo", "next")));
  EXPECT_EQ(connection.Read()->body, "Wikipedia");
  EXPECT_EQ(connection.Read()->body, "next");
}

TEST(Server, EndlessTrailersAreRefused) {
  TestServer server;
  RawConnection connection(server.port());
  ASSERT_TRUE(
      connection.Send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"));
  for (int i = 0; i < 1000 && !connection.IsReadable(milliseconds(0)); ++i) {
    if (!connection.Send("X-Trailer: " + std::string(1000, 'x') + "\r\n")) break;
  }
  const auto reply = connection.Read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 431);
}

TEST(Server, ContinuesWhoeverExpectsIt) {
  TestServer server;
  RawConnection connection(server.port());
  ASSERT_TRUE(connection.Send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(connection.Read()->status, 100);
  ASSERT_TRUE(connection.Send("body"));
  const auto reply = connection.Read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->body, "body");
}

TEST(Server, ARefusedExpectationGetsItsFinalAnswerAtOnce) {
  TestServer server;
  RawConnection connection(server.port());
  ASSERT_TRUE(connection.Send(
      "POST /missing HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"));
  const auto reply = connection.Read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 404);
  EXPECT_EQ(reply->Header("Connection"), "close");
  EXPECT_TRUE(connection.ReadsEnd());
}

TEST(Server, ServesHttp10) {
  TestServer server;
  {
    RawConnection connection(server.port());
    ASSERT_TRUE(connection.Send("POST /echo HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi"));
    const auto reply = connection.Read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->body, "hi");
    EXPECT_EQ(reply->Header("Connection"), "close");
    EXPECT_TRUE(connection.ReadsEnd());
  }
  RawConnection kept(server.port());
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(kept.Send("GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    const auto reply = kept.Read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->Header("Connection"), "keep-alive");
    EXPECT_FALSE(reply->HasHeader("Transfer-Encoding"));
  }
}

TEST(Server, HeadHasTheLengthButNoBody) {
  TestServer server;
  RawConnection connection(server.port());
  ASSERT_TRUE(connection.Send("HEAD /big?1000 HTTP/1.1\r\nHost: a\r\n\r\n" + Post("/echo", "x")));
  const auto reply = connection.Read(true);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->Header("Content-Length"), "1000");
  EXPECT_EQ(reply->body, "");
  EXPECT_EQ(connection.Read()->body, "x");
}

TEST(Server, OptionsOfTheServerAsAWhole) {
  TestServer server;
  RawConnection connection(server.port());
  ASSERT_TRUE(connection.Send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"));
  const auto reply = connection.Read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 204);
  EXPECT_EQ(reply->Header("Allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_FALSE(reply->HasHeader("Content-Length"));
  ASSERT_TRUE(connection.Send("GET * HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_EQ(connection.Read()->status, 400);
}

TEST(Server, ClosesWhenAskedTo) {
  TestServer server;
  RawConnection connection(server.port());
  ASSERT_TRUE(connection.Send(Post("/echo", "x", "Connection: close\r\n") + Post("/echo", "y")));
  const auto reply = connection.Read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->Header("Connection"), "close");
  EXPECT_TRUE(connection.ReadsEnd());
  EXPECT_EQ(server.dispatcher().handled(), 1U);
}

TEST(Server, AnswersAClientThatHasShutItsSide) {
  TestServer server;
  RawConnection connection(server.port());
  ASSERT_TRUE(connection.Send(Post("/later", "half")));
  connection.ShutdownSend();
  EXPECT_EQ(connection.Read()->body, "half");
  EXPECT_TRUE(connection.ReadsEnd());
}

TEST(Server, ATruncatedRequestIsNotHandled) {
  TestServer server;
  for (const char* bytes : {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf",
                            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "4\r\nWiki\r\n",
                            "POST /echo HTTP/1.1\r\nHos"}) {
    RawConnection connection(server.port());
    ASSERT_TRUE(connection.Send(bytes));
    connection.ShutdownSend();
    const auto reply = connection.Read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 400);
    EXPECT_TRUE(connection.ReadsEnd());
  }
  EXPECT_EQ(server.dispatcher().handled(), 0U);
}

TEST(Server, ASmallBodyBehindARefusalIsDroppedAndTheConnectionKept) {
  TestServer server;
  RawConnection connection(server.port());
  ASSERT_TRUE(connection.Send(Post("/missing", std::string(10'000, 'x')) + Post("/echo", "y")));
  EXPECT_EQ(connection.Read()->status, 404);
  EXPECT_EQ(connection.Read()->body, "y");
}

TEST(Server, LargeBodiesAndAnswersPass) {
  TestServer server;
  RawConnection connection(server.port());
  std::string body(9'000'000, 'x');
  for (std::size_t i = 0; i < body.size(); i += 1000) body[i] = static_cast<char>('a' + i % 26);
  std::thread sender([&] { connection.Send(Post("/echo", body)); });
  const auto reply = connection.Read();
  sender.join();
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->body == body);
}

TEST(Server, ThrownAndDroppedRequestsAre500) {
  TestServer server;
  RawConnection connection(server.port());
  for (const char* path : {"/throw", "/drop"}) {
    ASSERT_TRUE(connection.Send(Post(path, "x")));
    const auto reply = connection.Read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 500);
    EXPECT_NE(reply->body.find("internal_error"), std::string::npos);
  }
}

TEST(Server, TheFirstAnswerCounts) {
  TestServer server;
  RawConnection connection(server.port());
  ASSERT_TRUE(connection.Send(Post("/twice", "x") + Post("/echo", "y")));
  EXPECT_EQ(connection.Read()->body, "first");
  EXPECT_EQ(connection.Read()->body, "y");
}

TEST(Server, AnOverdueRequestIsAnsweredWithoutItsHandler) {
  TestServer server;
  RawConnection connection(server.port());
  ASSERT_TRUE(connection.Send(Post("/overdue", "x")));
  EXPECT_EQ(connection.Read()->body, "overdue");
  // The late answer goes nowhere; above all not to the next request.
  ASSERT_TRUE(connection.Send(Post("/hold", "x")));
  ASSERT_TRUE(server.dispatcher().WaitForHeld(2));
  server.dispatcher().Release();
  EXPECT_EQ(connection.Read()->body, "released");
  ASSERT_TRUE(connection.Send(Post("/echo", "z")));
  EXPECT_EQ(connection.Read()->body, "z");
}

TEST(Server, AnswersNeverCross) {
  TestServer server;
  constexpr int kClients = 8;
  constexpr int kRequests = 100;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> clients;
  for (int c = 0; c < kClients; ++c) {
    clients.emplace_back([&, c] {
      auto connection = std::make_unique<RawConnection>(server.port());
      for (int i = 0; i < kRequests; ++i) {
        const std::string body = std::to_string(c) + "/" + std::to_string(i);
        const bool sent = connection->Send(Post((c + i) % 3 == 0 ? "/echo" : "/later", body));
        // Now and then somebody hangs up before the answer.
        if (i % 17 == 16) {
          connection = std::make_unique<RawConnection>(server.port());
          continue;
        }
        const auto reply = connection->Read();
        if (!sent || !reply || reply->body != body) ++wrong;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Server, ReportsWhatItDid) {
  TestServer server;
  RawConnection connection(server.port());
  ASSERT_TRUE(connection.Send(Post("/echo", "x") + Post("/missing", "x") +
                              "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(connection.Read());
  ASSERT_TRUE(server.observer().WaitForDone(3));
  const std::vector<std::string> expected{"steered POST 200", "steered POST 404",
                                          "malformed GET 400"};
  EXPECT_EQ(server.observer().Done(), expected);
  EXPECT_EQ(server.observer().Rejected("not_found"), 1);
  EXPECT_EQ(server.observer().Rejected("invalid_host"), 1);
  EXPECT_EQ(server.observer().open_connections(), 1);
}

}  // namespace
}  // namespace oncegate::testing
