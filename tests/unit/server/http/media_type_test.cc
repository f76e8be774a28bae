#include "server/http/media_type.h"

#include <gtest/gtest.h>

namespace oncegate {
namespace {

HeaderList With(std::string_view name, std::string_view value) {
  HeaderList headers;
  headers.Add(name, value);
  return headers;
}

int TypeStatus(std::string_view value) {
  const auto type = NegotiateType(With("content-type", value), {"application/json"});
  return type.refusal ? type.refusal->status : 200;
}

TEST(MediaType, IsComparedWithoutCase) {
  EXPECT_EQ(TypeStatus("application/json"), 200);
  EXPECT_EQ(TypeStatus("Application/JSON"), 200);
  EXPECT_EQ(TypeStatus("application/json; charset=utf-8"), 200);
  EXPECT_EQ(TypeStatus("application/json;CHARSET=\"UTF-8\""), 200);
  EXPECT_EQ(TypeStatus("application/json ; profile=\"a;b\" ; charset=utf-8"), 200);
  EXPECT_EQ(TypeStatus("application/json;"), 200);
}

TEST(MediaType, AnythingElseIs415) {
  for (const char* value :
       {"", "text/plain", "application/jsonx", "application/json, application/json", "application",
        "application/json; charset=latin1", "application/json; charset=utf-16",
        "application/json; charset", "application/json; charset=\"utf-8", "application /json",
        "application/json; charset=utf-8; charset=latin1", "application/json charset=utf-8", "*/*",
        "application/cloudevents+json"}) {
    EXPECT_EQ(TypeStatus(value), 415) << value;
  }
  EXPECT_EQ(NegotiateType({}, {"application/json"}).refusal->status, 415);
  HeaderList twice = With("Content-Type", "application/json");
  twice.Add("Content-Type", "application/json");
  EXPECT_EQ(NegotiateType(twice, {"application/json"}).refusal->status, 415);
}

TEST(ContentEncoding, IsOneOfTwo) {
  EXPECT_EQ(NegotiateCoding({}).coding, ContentCoding::kIdentity);
  EXPECT_EQ(NegotiateCoding(With("Content-Encoding", "GZip")).coding, ContentCoding::kGzip);
  EXPECT_EQ(NegotiateCoding(With("Content-Encoding", "zstd")).coding, ContentCoding::kZstd);
  EXPECT_FALSE(NegotiateCoding(With("Content-Encoding", "identity")).refusal);
  for (const char* value : {"br", "gzip, gzip", "gzip, zstd", "", "deflate"}) {
    const auto coding = NegotiateCoding(With("Content-Encoding", value));
    ASSERT_TRUE(coding.refusal) << value;
    EXPECT_EQ(coding.refusal->status, 415);
  }
  HeaderList twice = With("Content-Encoding", "gzip");
  twice.Add("Content-Encoding", "gzip");
  EXPECT_TRUE(NegotiateCoding(twice).refusal);
}

}  // namespace
}  // namespace oncegate
