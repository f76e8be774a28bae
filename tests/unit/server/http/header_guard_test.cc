#include "server/http/header_guard.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace oncegate {
namespace {

using namespace std::string_literals;

// Scans and parses as a connection does, with everything received at once.
struct Reading {
  RequestHead head;
  std::optional<HeadFault> fault;
  bool complete = true;
};

Reading ReadHead(const std::string& bytes, const HeadLimits& limits = {}) {
  Reading reading;
  HeadScanner scanner;
  switch (scanner.Scan(bytes, limits)) {
    case HeadScanner::Progress::kIncomplete:
      reading.complete = false;
      break;
    case HeadScanner::Progress::kFault:
      reading.fault = scanner.fault();
      break;
    case HeadScanner::Progress::kComplete:
      reading.fault =
          ParseHead(bytes.substr(scanner.skipped_bytes(), scanner.end() - scanner.skipped_bytes()),
                    limits, &reading.head);
      break;
  }
  return reading;
}

int StatusFor(const std::string& bytes, const HeadLimits& limits = {}) {
  const Reading reading = ReadHead(bytes, limits);
  if (!reading.complete) return 0;
  return reading.fault ? StatusOf(reading.fault->code) : 200;
}

struct Case {
  std::string name;
  std::string bytes;
  int status;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

std::string NameOf(const ::testing::TestParamInfo<Case>& param) { return param.param.name; }

class Refused : public ::testing::TestWithParam<Case> {};

TEST_P(Refused, WithItsStatus) { EXPECT_EQ(StatusFor(GetParam().bytes), GetParam().status); }

const std::string kPost = "POST /x HTTP/1.1\r\nHost: a\r\n";
const std::string kGet = "GET /x HTTP/1.1\r\nHost: a\r\n";

INSTANTIATE_TEST_SUITE_P(
    Length, Refused,
    ::testing::ValuesIn(std::vector<Case>{
        {"TransferEncodingAndContentLength",
         kPost + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"ContentLengthAfterTransferEncoding",
         kPost + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400},
        {"TwoContentLengths", kPost + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400},
        {"TwoEqualContentLengths", kPost + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", 400},
        {"ContentLengthsOfDifferentCase", kPost + "content-length: 5\r\nCONTENT-LENGTH: 5\r\n\r\n",
         400},
        {"ListValuedContentLength", kPost + "Content-Length: 5, 5\r\n\r\n", 400},
        {"SignedContentLength", kPost + "Content-Length: +5\r\n\r\n", 400},
        {"NegativeContentLength", kPost + "Content-Length: -5\r\n\r\n", 400},
        {"HexContentLength", kPost + "Content-Length: 0x5\r\n\r\n", 400},
        {"ContentLengthWithSpaceInside", kPost + "Content-Length: 1 0\r\n\r\n", 400},
        {"ContentLengthWithUnderscore", kPost + "Content-Length: 1_0\r\n\r\n", 400},
        {"EmptyContentLength", kPost + "Content-Length: \r\n\r\n", 400},
        {"FractionalContentLength", kPost + "Content-Length: 5.0\r\n\r\n", 400},
        {"NeitherLengthNorEncoding", kPost + "\r\n", 411},
        {"OldPostWithoutLength", "POST /x HTTP/1.0\r\n\r\n", 411},
    }),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    TransferEncoding, Refused,
    ::testing::ValuesIn(std::vector<Case>{
        {"LooksLikeChunked", kPost + "Transfer-Encoding: xchunked\r\n\r\n", 501},
        {"ChunkedNotLast", kPost + "Transfer-Encoding: chunked, gzip\r\n\r\n", 400},
        {"ChunkedLastOfTwo", kPost + "Transfer-Encoding: gzip, chunked\r\n\r\n", 400},
        {"ChunkedTwice", kPost + "Transfer-Encoding: chunked, chunked\r\n\r\n", 400},
        {"TwoFields", kPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
         400},
        {"SecondFieldIdentity",
         kPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", 400},
        {"Gzip", kPost + "Transfer-Encoding: gzip\r\n\r\n", 501},
        {"Identity", kPost + "Transfer-Encoding: identity\r\n\r\n", 501},
        {"Empty", kPost + "Transfer-Encoding:\r\n\r\n", 400},
        {"Quoted", kPost + "Transfer-Encoding: \"chunked\"\r\n\r\n", 400},
        {"Parameter", kPost + "Transfer-Encoding: chunked;q=1\r\n\r\n", 400},
        {"VerticalTab",
         kPost + "Transfer-Encoding: \x0b"
                 "chunked\r\n\r\n",
         400},
        {"TrailingNul", kPost + "Transfer-Encoding: chunked\0\r\n\r\n"s, 400},
        {"InHttp10", "POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"OnGetToo", kGet + "Transfer-Encoding: xchunked\r\n\r\n", 501},
    }),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Fields, Refused,
    ::testing::ValuesIn(std::vector<Case>{
        {"SpaceBeforeColon", kPost + "Content-Length : 5\r\n\r\n", 400},
        {"TabBeforeColon", kPost + "Transfer-Encoding\t: chunked\r\n\r\n", 400},
        {"Folded", kPost + "Content-Length: 5\r\n X: y\r\n\r\n", 400},
        {"FoldedWithTab", kPost + "Transfer-Encoding:\r\n\tchunked\r\n\r\n", 400},
        {"FirstLineFolded", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
        {"NoColon", kGet + "Nonsense\r\n\r\n", 400},
        {"NoName", kGet + ": value\r\n\r\n", 400},
        {"NameWithControl", kGet + std::string("X\x01Y: z\r\n\r\n"), 400},
        {"NameWithObsText", kGet + "X\xff: z\r\n\r\n", 400},
        {"ValueWithNul", kGet + "X: a\0b\r\n\r\n"s, 400},
        {"ValueWithBareCr", kGet + "X: a\rContent-Length: 3\r\n\r\n", 400},
        {"ValueEndsInCrCrLf", kGet + "X: a\r\r\n\r\n", 400},
        {"LineEndsInLf", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400},
        {"AllLinesEndInLf", "GET / HTTP/1.1\nHost: a\n\n", 400},
        {"HeadEndsInLf", kGet + "\n", 400},
        {"ValueWithEscape", kGet + "X: \x1b[2J\r\n\r\n", 400},
        {"ValueWithDelete", kGet + "X: \x7f\r\n\r\n", 400},
        {"NoHost", "GET / HTTP/1.1\r\n\r\n", 400},
        {"TwoHosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"TwoEqualHosts", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", 400},
        {"TwoHostsInHttp10", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400},
        {"HostWithPath", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        {"HostWithSpace", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
        {"HostWithUserInfo", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
        {"OtherExpectation", kPost + "Content-Length: 1\r\nExpect: 200-ok\r\n\r\n", 417},
        {"TwoExpectations",
         kPost + "Content-Length: 1\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n\r\n", 417},
    }),
    NameOf);

INSTANTIATE_TEST_SUITE_P(RequestLine, Refused,
                         ::testing::ValuesIn(std::vector<Case>{
                             {"NoVersion", "GET /\r\n\r\n", 400},
                             {"NoTarget", "GET  HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                             {"TwoSpaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                             {"SpaceInTarget", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                             {"TrailingSpace", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
                             {"LeadingSpace", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                             {"Tabs", "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n", 400},
                             {"MethodIsNoToken", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                             {"LowerCaseMethod", "get / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
                             {"UnknownMethod", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
                             {"Connect", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 501},
                             {"NulInTarget", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
                             {"ObsTextInTarget", "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                             {"Http2Preface", "PRI * HTTP/2.0\r\n\r\n", 505},
                             {"Http12", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
                             {"Http09", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505},
                             {"LowerCaseVersion", "GET / http/1.1\r\nHost: a\r\n\r\n", 400},
                             {"ShortVersion", "GET / HTTP/1\r\nHost: a\r\n\r\n", 400},
                             {"LongVersion", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400},
                             {"TlsHello", std::string("\x16\x03\x01\x02\x00\x01", 6), 400},
                             {"ManyEmptyLines",
                              "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n" + kGet + "\r\n", 400},
                         }),
                         NameOf);

TEST(HeaderGuard, APlainGetHasNoBody) {
  const Reading reading = ReadHead("GET /a?b=c HTTP/1.1\r\nHost: h:80\r\nX-Y:  z \r\n\r\n");
  ASSERT_FALSE(reading.fault);
  EXPECT_EQ(reading.head.method, "GET");
  EXPECT_EQ(reading.head.target, "/a?b=c");
  EXPECT_EQ(reading.head.framing, BodyFraming::kNone);
  EXPECT_TRUE(reading.head.keep_alive);
  EXPECT_EQ(reading.head.headers.Find("x-y"), "z");
}

TEST(HeaderGuard, OnlyAPostNeedsALength) {
  for (const char* method : {"PUT", "PATCH", "DELETE", "OPTIONS"}) {
    EXPECT_EQ(StatusFor(std::string(method) + " /x HTTP/1.1\r\nHost: a\r\n\r\n"), 200) << method;
  }
}

TEST(HeaderGuard, LengthAndChunkedAreRead) {
  Reading reading = ReadHead(kPost + "Content-Length: 0017\r\n\r\n");
  ASSERT_FALSE(reading.fault);
  EXPECT_EQ(reading.head.framing, BodyFraming::kLength);
  EXPECT_EQ(reading.head.content_length, 17U);
  reading = ReadHead(kPost + "transfer-encoding:Chunked\r\n\r\n");
  ASSERT_FALSE(reading.fault);
  EXPECT_EQ(reading.head.framing, BodyFraming::kChunked);
  EXPECT_EQ(ReadHead(kPost + "Content-Length: 0\r\n\r\n").head.framing, BodyFraming::kNone);
}

TEST(HeaderGuard, AnEndlessContentLengthSaturates) {
  const Reading reading = ReadHead(kPost + "Content-Length: 99999999999999999999999999\r\n\r\n");
  ASSERT_FALSE(reading.fault);
  EXPECT_EQ(reading.head.content_length, 9223372036854775807U);
}

TEST(HeaderGuard, ConnectionOptionsDecideWhetherItStaysOpen) {
  const auto keeps = [](const std::string& bytes) { return ReadHead(bytes).head.keep_alive; };
  EXPECT_FALSE(keeps(kGet + "Connection: close\r\n\r\n"));
  EXPECT_FALSE(keeps(kGet + "Connection: TE, Close\r\n\r\n"));
  EXPECT_FALSE(keeps(kGet + "Connection: keep-alive\r\nConnection: close\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

TEST(HeaderGuard, ContinueIsExpectedOnlyWithABodyAndNotInHttp10) {
  const auto expects = [](const std::string& b) { return ReadHead(b).head.expects_continue; };
  EXPECT_TRUE(expects(kPost + "Content-Length: 1\r\nExpect: 100-Continue\r\n\r\n"));
  EXPECT_FALSE(expects(kPost + "Content-Length: 0\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_FALSE(expects("POST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n"));
}

TEST(HeaderGuard, LimitsAreExact) {
  HeadLimits limits;
  limits.target_bytes = 10;
  limits.fields = 2;
  EXPECT_EQ(StatusFor("GET /234567890 HTTP/1.1\r\nHost: a\r\n\r\n", limits), 200);
  EXPECT_EQ(StatusFor("GET /2345678901 HTTP/1.1\r\nHost: a\r\n\r\n", limits), 414);
  EXPECT_EQ(StatusFor("GET / HTTP/1.1\r\nHost: a\r\nB: c\r\n\r\n", limits), 200);
  EXPECT_EQ(StatusFor("GET / HTTP/1.1\r\nHost: a\r\nB: c\r\nD: e\r\n\r\n", limits), 431);
  const std::string exact = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  limits.head_bytes = exact.size();
  EXPECT_EQ(StatusFor(exact, limits), 200);
  limits.head_bytes = exact.size() - 1;
  EXPECT_EQ(StatusFor(exact, limits), 431);
}

TEST(HeaderGuard, WhatNeverEndsIsRefusedAtTheLimit) {
  const HeadLimits limits;
  EXPECT_EQ(StatusFor("GET /" + std::string(limits.target_bytes + 100, 'a'), limits), 414);
  EXPECT_EQ(StatusFor("GET / HTTP/1.1\r\nX: " + std::string(limits.head_bytes, 'a'), limits), 431);
}

TEST(HeaderGuard, EmptyLinesBeforeARequestAreSkipped) {
  const Reading reading = ReadHead("\r\n\r\n" + kGet + "\r\n");
  ASSERT_TRUE(reading.complete);
  ASSERT_FALSE(reading.fault);
  EXPECT_EQ(reading.head.target, "/x");
}

TEST(HeaderGuard, FieldsAreKeptWhenTheHeadIsRefused) {
  const Reading reading =
      ReadHead("GET / HTTP/1.1\r\nX-Request-Id: abc\r\nHost: a\r\nHost: b\r\n\r\n");
  ASSERT_TRUE(reading.fault);
  EXPECT_EQ(reading.head.headers.Find("X-Request-Id"), "abc");
}

TEST(HeadScanner, GivesTheSameAnswerByteByByte) {
  const std::vector<std::string> heads{kGet + "\r\n", "\r\n" + kPost + "Content-Length: 3\r\n\r\n",
                                       "GET / HTTP/1.1\nHost: a\n\n",
                                       kGet + "X: " + std::string(20'000, 'a') + "\r\n\r\n"};
  for (const std::string& bytes : heads) {
    HeadScanner whole;
    const auto expected = whole.Scan(bytes, {});
    HeadScanner slow;
    auto progress = HeadScanner::Progress::kIncomplete;
    for (std::size_t size = 1; size <= bytes.size(); ++size) {
      progress = slow.Scan(std::string_view(bytes).substr(0, size), {});
      if (progress != HeadScanner::Progress::kIncomplete) break;
    }
    EXPECT_EQ(progress, expected);
    if (expected == HeadScanner::Progress::kComplete) {
      EXPECT_EQ(slow.end(), whole.end());
      EXPECT_EQ(slow.skipped_bytes(), whole.skipped_bytes());
    } else {
      EXPECT_EQ(slow.fault().code, whole.fault().code);
    }
  }
}

}  // namespace
}  // namespace oncegate
