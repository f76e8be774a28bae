#include "server/config/listen_address.h"

#include <gtest/gtest.h>

namespace oncegate {
namespace {

TEST(ListenAddress, NumericAddressesAndLocalhostAreRead) {
  const auto ipv4 = ParseListenAddress("127.0.0.1:8080");
  ASSERT_TRUE(ipv4);
  EXPECT_EQ(ipv4->host, "127.0.0.1");
  EXPECT_EQ(ipv4->port, 8080);
  EXPECT_TRUE(ipv4->is_loopback);
  const auto ipv6 = ParseListenAddress("[::1]:0");
  ASSERT_TRUE(ipv6);
  EXPECT_EQ(ipv6->host, "::1");
  EXPECT_EQ(ipv6->port, 0);
  EXPECT_TRUE(ipv6->is_loopback);
  const auto name = ParseListenAddress("localhost:9");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->host, "127.0.0.1");
}

TEST(ListenAddress, TheWholeOf127IsLoopbackAndNothingElse) {
  EXPECT_TRUE(ParseListenAddress("127.255.0.3:1")->is_loopback);
  EXPECT_FALSE(ParseListenAddress("0.0.0.0:1")->is_loopback);
  EXPECT_FALSE(ParseListenAddress("128.0.0.1:1")->is_loopback);
  EXPECT_FALSE(ParseListenAddress("[::]:1")->is_loopback);
  EXPECT_FALSE(ParseListenAddress("[::ffff:10.0.0.1]:1")->is_loopback);
}

TEST(ListenAddress, AnythingElseIsRefused) {
  for (const std::string_view text : {"", ":8080", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x",
                                      "127.0.0.1:65536", "127.0.0.1:-1", "example.com:80",
                                      "::1:8080", "[::1]", "[]:1", "127.1:80", "127.0.0.1:80 "}) {
    EXPECT_EQ(ParseListenAddress(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace oncegate
