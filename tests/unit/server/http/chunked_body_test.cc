#include "server/http/chunked_body.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace oncegate {
namespace {

struct Decoded {
  ChunkedBody::Progress progress = ChunkedBody::Progress::kIncomplete;
  std::string body;
  std::string rest;
  ProblemCode code = ProblemCode::kInternalError;
};

// Feeds `bytes` in steps of `step`, keeping what the decoder leaves, as a connection does.
Decoded Decode(const std::string& bytes, std::size_t step,
               ChunkedBody::Limits limits = {1 << 20, 1024}) {
  ChunkedBody decoder(limits);
  Decoded decoded;
  std::string buffer;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    buffer += bytes.substr(at, step);
    std::string_view view = buffer;
    decoded.progress = decoder.Feed(&view, &decoded.body);
    buffer = std::string(view);
    if (decoded.progress == ChunkedBody::Progress::kComplete) {
      decoded.rest = buffer + (at + step < bytes.size() ? bytes.substr(at + step) : "");
      return decoded;
    }
    if (decoded.progress == ChunkedBody::Progress::kFault) {
      decoded.code = decoder.fault().code;
      return decoded;
    }
  }
  return decoded;
}

TEST(ChunkedBody, JoinsChunksHoweverTheyArrive) {
  const std::string bytes =
      "4\r\nWiki\r\n5;ext=\"a;b\"\r\npedia\r\n00E\r\n in\r\n\r\nchunks.\r\n"
      "0\r\nTrailer: x\r\n\r\nGET / ";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    const Decoded decoded = Decode(bytes, step);
    ASSERT_EQ(decoded.progress, ChunkedBody::Progress::kComplete) << step;
    EXPECT_EQ(decoded.body, "Wikipedia in\r\n\r\nchunks.");
    EXPECT_EQ(decoded.rest, "GET / ");
  }
}

TEST(ChunkedBody, AnEmptyBodyIsOneLastChunk) {
  const Decoded decoded = Decode("0\r\n\r\n", 5);
  EXPECT_EQ(decoded.progress, ChunkedBody::Progress::kComplete);
  EXPECT_EQ(decoded.body, "");
}

TEST(ChunkedBody, RefusesWhateverTwoReadersCouldReadDifferently) {
  const std::string cases[] = {
      "4\nWiki\r\n",
      "4 \r\nWiki\r\n",
      " 4\r\nWiki\r\n",
      "0x4\r\nWiki\r\n",
      "+4\r\nWiki\r\n",
      "-4\r\nWiki\r\n",
      "\r\nWiki\r\n",
      "4\r\nWikipedia\r\n",
      "4\r\nWiki\n",
      "4\r\nWiki\rX\r\n",
      "g\r\n",
      "4,5\r\nWiki\r\n",
      "4;a\x01\r\nWiki\r\n",
      "4\t\r\nWiki\r\n",
      "11111111111111111\r\n",
      "0\r\n Folded: x\r\n\r\n",
      "0\r\nBad : x\r\n\r\n",
      "0\r\nNo colon\r\n\r\n",
      "0\r\nX: a\rb\r\n\r\n",
      "4;\r\r\nWiki\r\n",
  };
  for (const std::string& bytes : cases) {
    for (const std::size_t step : {std::size_t{1}, bytes.size()}) {
      const Decoded decoded = Decode(bytes, step);
      ASSERT_EQ(decoded.progress, ChunkedBody::Progress::kFault) << bytes;
      EXPECT_EQ(StatusOf(decoded.code), 400) << bytes;
    }
  }
}

TEST(ChunkedBody, CountsTheBodyBeforeItArrives) {
  EXPECT_EQ(Decode("A\r\n", 3, {10, 100}).progress, ChunkedBody::Progress::kIncomplete);
  EXPECT_EQ(Decode("B\r\n", 3, {10, 100}).code, ProblemCode::kBodyTooLarge);
  EXPECT_EQ(Decode("6\r\n123456\r\n5\r\n", 1, {10, 100}).code, ProblemCode::kBodyTooLarge);
  EXPECT_EQ(Decode("FFFFFFFFFFFFFFFF\r\n", 1, {10, 100}).code, ProblemCode::kBodyTooLarge);
}

TEST(ChunkedBody, FramingIsNoTrailer) {
  for (const char* name : {"Content-Length", "transfer-encoding", "Connection", "HOST"}) {
    const Decoded decoded = Decode("0\r\n" + std::string(name) + ": 5\r\n\r\n", 100);
    EXPECT_EQ(decoded.progress, ChunkedBody::Progress::kFault) << name;
    EXPECT_EQ(StatusOf(decoded.code), 400) << name;
  }
}

TEST(ChunkedBody, TrailersAndExtensionsAreBounded) {
  std::string trailers = "0\r\n";
  std::string extensions;
  for (int i = 0; i < 100; ++i) {
    trailers += "X: 0123456789\r\n";
    extensions += "1;0123456789\r\na\r\n";
  }
  EXPECT_EQ(StatusOf(Decode(trailers, 7, {100, 1000}).code), 431);
  EXPECT_EQ(StatusOf(Decode(extensions, 7, {1000, 1000}).code), 400);
  EXPECT_EQ(StatusOf(Decode("1;" + std::string(10'000, 'x'), 100, {100, 100'000}).code), 400);
}

}  // namespace
}  // namespace oncegate
