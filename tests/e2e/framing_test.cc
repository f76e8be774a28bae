// Framing as the running service sees it: what can not be read as one request is refused with its
// status, and the connection is closed.
#include "tests/e2e/service_test.h"

namespace oncegate::e2e {
namespace {

constexpr char kLowLimits[] = R"(
[limits]
body_bytes = 4096
header_bytes = 2048
header_timeout = "400ms"
body_timeout = "400ms"
)";

class Framing : public ServiceTest {
 protected:
  void SetUp() override { Start(kLowLimits); }

  /// The answer to these bytes, and that nothing but the end of the connection follows it.
  Answer Send(const std::string& bytes) {
    testing::RawConnection connection(process().ingest_port());
    EXPECT_TRUE(connection.Send(bytes));
    Answer answer = ReadAnswer(connection.Read());
    EXPECT_TRUE(connection.ReadsEnd()) << bytes.substr(0, 200);
    return answer;
  }
  /// A POST of one record with these headers besides Host and type.
  static std::string PostWith(const std::string& headers, const std::string& body) {
    return "POST /v1/streams/orders/events HTTP/1.1\r\nHost: a\r\n"
           "Content-Type: application/json\r\n" +
           headers + "\r\n" + body;
  }
  const std::string record_ = Record("p", 1, "1");
  const std::string length_ = "Content-Length: " + std::to_string(record_.size()) + "\r\n";
};
INSTANTIATE_TEST_SUITE_P(On, Framing, ::testing::Values(SinkKind::kSqlite), SinkKindName);

TEST_P(Framing, WhatIsNotHttpIs400) {
  for (const std::string& bytes :
       {std::string("this is not HTTP\r\n\r\n"), std::string("GET /v1/version\r\n\r\n"),
        std::string("GET /v1/version HTTP/1.1\r\n\r\n"),
        std::string("GET /v1/version HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        std::string("GET /v1/version HTTP/1.1\r\nHost: a\r\nA b: c\r\n\r\n"),
        std::string("GET /v1/version HTTP/1.1\r\nHost: a\r\nA: b\r\n folded\r\n\r\n"),
        std::string("GET /v1/%zz HTTP/1.1\r\nHost: a\r\n\r\n")}) {
    testing::RawConnection connection(process().ingest_port());
    EXPECT_TRUE(connection.Send(bytes));
    EXPECT_EQ(ReadAnswer(connection.Read()).status, 400) << bytes;
  }
}

TEST_P(Framing, AmbiguousLengthsAre400AndTheEnd) {
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  for (const std::string& headers :
       {length_ + chunked, length_ + length_, std::string("Content-Length: 5, 5\r\n"),
        std::string("Content-Length: -1\r\n"), std::string("Content-Length: +5\r\n"),
        std::string("Content-Length: 0x5\r\n"), std::string("Content-Length: \r\n"),
        std::string("Transfer-Encoding: chunked, gzip\r\n"), chunked + chunked}) {
    const Answer answer = Send(PostWith(headers, record_));
    EXPECT_EQ(answer.status, 400) << headers;
    EXPECT_EQ(answer.Header("Content-Type"), "application/problem+json") << headers;
  }
  EXPECT_EQ(service().Producer("orders", "p").status, 404);
}

TEST_P(Framing, AnUnknownTransferCodingIs501) {
  EXPECT_THAT(Send(PostWith("Transfer-Encoding: xchunked\r\n", "")),
              IsProblem(501, "transfer_encoding_not_implemented"));
}

TEST_P(Framing, AnUnknownMethodIs501) {
  EXPECT_EQ(Send("BREW /v1/version HTTP/1.1\r\nHost: a\r\n\r\n").status, 501);
  EXPECT_EQ(Send("get /v1/version HTTP/1.1\r\nHost: a\r\n\r\n").status, 501);
}

TEST_P(Framing, AnotherVersionIs505) {
  EXPECT_THAT(Send("GET /v1/version HTTP/2.0\r\nHost: a\r\n\r\n"),
              IsProblem(505, "http_version_not_supported"));
}

TEST_P(Framing, APostWithoutALengthIs411) {
  EXPECT_THAT(Send(PostWith("", "")), IsProblem(411, "length_required"));
}

TEST_P(Framing, ABrokenChunkIs400) {
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  EXPECT_THAT(Send(PostWith(chunked, "zz\r\n")), IsProblem(400, "malformed_chunk"));
  EXPECT_THAT(Send(PostWith(chunked, "3\r\nabcd\r\n0\r\n\r\n")), IsProblem(400, "malformed_chunk"));
}

TEST_P(Framing, AChunkedBodyIsABody) {
  testing::RawConnection connection(process().ingest_port());
  std::string chunks;
  for (const char c : record_) chunks += std::string("1\r\n") + c + "\r\n";
  ASSERT_TRUE(connection.Send(PostWith("Transfer-Encoding: chunked\r\n", chunks + "0\r\n\r\n")));
  EXPECT_THAT(ReadAnswer(connection.Read()), Settles(200, {{"applied", 1}}));
}

TEST_P(Framing, AnOversizedBodyIs413BeforeItIsRead) {
  EXPECT_THAT(Send(PostWith("Content-Length: 4097\r\n", "")), IsProblem(413, "body_too_large"));
  EXPECT_THAT(Send(PostWith("Content-Length: 99999999999999999999999\r\n", "")),
              IsProblem(413, "body_too_large"));
  EXPECT_THAT(Send(PostWith("Transfer-Encoding: chunked\r\n",
                            "1001\r\n" + std::string(4097, ' ') + "\r\n")),
              IsProblem(413, "body_too_large"));
}

TEST_P(Framing, ALongTargetIs414AndALongHeadIs431) {
  EXPECT_EQ(Send("GET /" + std::string(70'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n").status, 414);
  EXPECT_THAT(
      Send("GET /v1/version HTTP/1.1\r\nHost: a\r\nX: " + std::string(3000, 'a') + "\r\n\r\n"),
      IsProblem(431, "headers_too_large"));
}

TEST_P(Framing, ASlowRequestIs408) {
  EXPECT_THAT(Send("GET /v1/version HTTP/1.1\r\nHost:"), IsProblem(408, "request_timeout"));
  EXPECT_THAT(Send(PostWith(length_, record_.substr(1))), IsProblem(408, "request_timeout"));
  EXPECT_EQ(service().Producer("orders", "p").status, 404);
}

TEST_P(Framing, ContinueIsSentToWhoeverExpectsIt) {
  testing::RawConnection connection(process().ingest_port());
  ASSERT_TRUE(connection.Send(PostWith("Expect: 100-continue\r\n" + length_, "")));
  const auto interim = connection.Read();
  ASSERT_TRUE(interim);
  EXPECT_EQ(interim->status, 100);
  ASSERT_TRUE(connection.Send(record_));
  EXPECT_THAT(ReadAnswer(connection.Read()), Settles(200, {{"applied", 1}}));
}

TEST_P(Framing, Http10IsServedWithoutTransferEncoding) {
  testing::RawConnection connection(process().ingest_port());
  ASSERT_TRUE(
      connection.Send("POST /v1/streams/orders/events HTTP/1.0\r\n"
                      "Content-Type: application/json\r\n" +
                      length_ + "\r\n" + record_));
  const Answer answer = ReadAnswer(connection.Read());
  EXPECT_THAT(answer, Settles(200, {{"applied", 1}}));
  EXPECT_FALSE(answer.reply.HasHeader("Transfer-Encoding"));
  EXPECT_TRUE(connection.ReadsEnd());
  EXPECT_EQ(Send("POST /v1/streams/orders/events HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "0\r\n\r\n")
                .status,
            400);
}

TEST_P(Framing, OneConnectionServesManyRequests) {
  testing::RawConnection connection(process().ingest_port());
  std::string pipelined;
  for (int i = 0; i < 20; ++i) {
    const std::string body = Record("many", i, "1");
    pipelined += PostWith("Content-Length: " + std::to_string(body.size()) + "\r\n", body);
  }
  ASSERT_TRUE(connection.Send(pipelined));
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(ReadAnswer(connection.Read()), Settles(200, {{"applied", 1}})) << i;
  }
}

TEST_P(Framing, ARefusedBodyIsNotTakenForTheNextRequest) {
  testing::RawConnection connection(process().ingest_port());
  const std::string inner = "GET /v1/version HTTP/1.1\r\nHost: a\r\n\r\n";
  ASSERT_TRUE(connection.Send("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: " +
                              std::to_string(inner.size()) + "\r\n\r\n" + inner));
  EXPECT_EQ(ReadAnswer(connection.Read()).status, 404);
  ASSERT_FALSE(connection.IsReadable(std::chrono::milliseconds(100)) && !connection.ReadsEnd());
}

}  // namespace
}  // namespace oncegate::e2e
