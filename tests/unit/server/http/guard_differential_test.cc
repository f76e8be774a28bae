// The guard against Beast's parser, on heads bent at random: whatever the guard lets pass, Beast
// reads in the same way. (The reverse does not hold: Beast takes much that the guard refuses.)
#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "server/http/chunked_body.h"
#include "server/http/header_guard.h"
#include "server/http/media_type.h"
#include "server/http/uri.h"

namespace oncegate {
namespace {

namespace http = boost::beast::http;

constexpr int kRounds = 200'000;

const std::vector<std::string> kPieces{
    "GET / HTTP/1.1\r\n",
    "POST /v1/streams/a/events?x=%41 HTTP/1.1\r\n",
    "POST /x HTTP/1.0\r\n",
    "OPTIONS * HTTP/1.1\r\n",
    "Host: a\r\n",
    "Host: [::1]:80\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 0\r\n",
    "content-length:17 \r\n",
    "Transfer-Encoding: chunked\r\n",
    "TRANSFER-ENCODING:\tChunked\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Connection: close\r\n",
    "Connection: keep-alive, TE\r\n",
    "Expect: 100-continue\r\n",
    "X-Y: z\r\n",
    "\r\n",
};
constexpr std::string_view kBytes("\r\n\t :,;/0a\0\x0b\x7f\x80\xff\"", 17);

class Bender {
 public:
  explicit Bender(std::uint64_t seed) : random_(seed) {}

  std::string Head() {
    std::string head = kPieces[Below(4)] + (Below(8) == 0 ? "" : "Host: a\r\n");
    for (std::size_t i = Below(4); i > 0; --i) head += kPieces[4 + Below(kPieces.size() - 5)];
    head += "\r\n";
    for (std::size_t i = Below(3); i > 0; --i) Bend(&head);
    return head;
  }

  void Bend(std::string* text) {
    const std::size_t at = Below(text->size());
    const char byte = kBytes[Below(kBytes.size())];
    switch (Below(4)) {
      case 0:
        text->insert(at, 1, byte);
        break;
      case 1:
        (*text)[at] = byte;
        break;
      case 2:
        text->erase(at, 1);
        break;
      case 3:
        (*text)[at] = static_cast<char>((*text)[at] ^ (1 << Below(8)));
        break;
    }
  }

  std::size_t Below(std::size_t bound) { return random_() % bound; }

 private:
  std::mt19937_64 random_;
};

void ExpectBeastAgrees(const std::string& bytes, const RequestHead& head) {
  http::request_parser<http::empty_body> parser;
  boost::system::error_code error;
  parser.put(boost::asio::buffer(bytes), error);
  ASSERT_FALSE(error) << error.message();
  ASSERT_TRUE(parser.is_header_done());
  EXPECT_EQ(parser.get().method_string(), head.method);
  EXPECT_EQ(parser.get().target(), head.target);
  EXPECT_EQ(parser.get().version(), head.minor_version == 1 ? 11U : 10U);
  EXPECT_EQ(parser.chunked(), head.framing == BodyFraming::kChunked);
  // Of "keep-alive" and "close" together Beast lets the first win in HTTP/1.0; here "close" does.
  EXPECT_TRUE(parser.keep_alive() || !head.keep_alive);
  if (head.framing == BodyFraming::kLength) {
    ASSERT_TRUE(parser.content_length());
    EXPECT_EQ(*parser.content_length(), head.content_length);
  } else if (head.framing == BodyFraming::kNone) {
    EXPECT_EQ(parser.content_length().value_or(0), 0U);
  }
  std::size_t fields = 0;
  for ([[maybe_unused]] const auto& field : parser.get()) ++fields;
  EXPECT_EQ(fields, head.headers.size());
}

TEST(GuardDifferential, WhateverPassesBeastReadsInTheSameWay) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Bender bender(seed);
  int passed = 0;
  for (int round = 0; round < kRounds && !::testing::Test::HasFailure(); ++round) {
    const std::string bytes = bender.Head();
    SCOPED_TRACE(::testing::PrintToString(bytes));
    HeadScanner scanner;
    if (scanner.Scan(bytes, {}) != HeadScanner::Progress::kComplete) continue;
    const std::string whole =
        bytes.substr(scanner.skipped_bytes(), scanner.end() - scanner.skipped_bytes());
    RequestHead head;
    if (ParseHead(whole, {}, &head)) continue;
    ++passed;
    ExpectBeastAgrees(whole, head);
  }
  EXPECT_GT(passed, kRounds / 20);
}

// The decoded body, and how many bytes it took; empty if Beast does not see an end.
std::optional<std::pair<std::string, std::size_t>> DecodeWithBeast(const std::string& chunks) {
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  http::request_parser<http::string_body> parser;
  parser.eager(true);
  boost::system::error_code error;
  const std::string bytes = head + chunks;
  const std::size_t used = parser.put(boost::asio::buffer(bytes), error);
  if (error || !parser.is_done()) return std::nullopt;
  return std::pair(parser.get().body(), used - head.size());
}

TEST(GuardDifferential, ChunksThatPassBeastReadsInTheSameWay) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Bender bender(seed);
  int passed = 0;
  for (int round = 0; round < kRounds && !::testing::Test::HasFailure(); ++round) {
    std::string bent = "4;a=\"b\"\r\nWiki\r\n5\r\npedia\r\n0\r\nX: y\r\n\r\nGET /";
    for (std::size_t i = 1 + bender.Below(3); i > 0; --i) bender.Bend(&bent);
    SCOPED_TRACE(::testing::PrintToString(bent));
    ChunkedBody decoder({1024, 1024});
    std::string body;
    std::string_view rest = bent;
    if (decoder.Feed(&rest, &body) != ChunkedBody::Progress::kComplete) continue;
    ++passed;
    const auto expected = DecodeWithBeast(bent);
    ASSERT_TRUE(expected);
    EXPECT_EQ(body, expected->first);
    EXPECT_EQ(bent.size() - rest.size(), expected->second);
  }
  EXPECT_GT(passed, kRounds / 50);
}

TEST(GuardDifferential, NoBytesConfuseTheReaders) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Bender bender(seed);
  const std::string chunks = "4;a=\"b\"\r\nWiki\r\n5\r\npedia\r\n0\r\nX: y\r\n\r\n";
  const std::string target = "/v1/a%2Fb?c=d+e&f=%41";
  const std::string type = "application/json; charset=\"ut\\f-8\"; x=y";
  for (int round = 0; round < kRounds; ++round) {
    std::string bent = chunks;
    for (std::size_t i = 1 + bender.Below(4); i > 0; --i) bender.Bend(&bent);
    ChunkedBody decoder({64, 64});
    std::string body;
    std::string_view view = bent;
    const auto progress = decoder.Feed(&view, &body);
    ASSERT_LE(body.size(), 64U);
    if (progress == ChunkedBody::Progress::kFault) {
      EXPECT_GE(StatusOf(decoder.fault().code), 400);
    }
    std::string bent_target = target;
    bender.Bend(&bent_target);
    ParseTarget(bent_target);
    std::string bent_type = type;
    for (std::size_t i = 1 + bender.Below(3); i > 0; --i) bender.Bend(&bent_type);
    ParseMediaType(bent_type);
  }
}

}  // namespace
}  // namespace oncegate
