#include "server/cli/http_client.h"

#include <gtest/gtest.h>

namespace oncegate {
namespace {

TEST(ServerUrl, HostAndPortAreRead) {
  EXPECT_EQ(ParseServerUrl("http://127.0.0.1:8080")->host, "127.0.0.1");
  EXPECT_EQ(ParseServerUrl("http://127.0.0.1:8080/")->port, "8080");
  EXPECT_EQ(ParseServerUrl("http://example.com")->port, "80");
  EXPECT_EQ(ParseServerUrl("http://[::1]:8080")->host, "::1");
}

TEST(ServerUrl, AnythingElseIsRefused) {
  for (const std::string_view url :
       {"", "127.0.0.1:8080", "https://127.0.0.1:8080", "http://", "http://h:1/path",
        "http://user@h:1", "http://h:1?a=b", "http://h:1#x", "http://h:port"}) {
    EXPECT_TRUE(ParseServerUrl(url).has_error()) << url;
  }
}

TEST(PercentEncode, LeavesOnlyUnreservedCharacters) {
  EXPECT_EQ(PercentEncode("Az09-._~"), "Az09-._~");
  EXPECT_EQ(PercentEncode("kafka:orders/0 %"), "kafka%3Aorders%2F0%20%25");
  EXPECT_EQ(PercentEncode("\xc3\xa9"), "%C3%A9");
}

TEST(HttpClient, NobodyListeningIsAnErrorThatNamesTheAddress) {
  HttpClient client({"127.0.0.1", "1"}, std::chrono::seconds(5));
  HttpCall call;
  call.method = "GET";
  call.target = "/";
  const auto answer = client.Send(call);
  ASSERT_TRUE(answer.has_error());
  EXPECT_EQ(answer.error().message, "127.0.0.1:1: Connection refused");
}

}  // namespace
}  // namespace oncegate
