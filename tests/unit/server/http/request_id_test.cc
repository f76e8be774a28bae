#include "server/http/request_id.h"

#include <gtest/gtest.h>

#include <set>

namespace oncegate {
namespace {

TEST(RequestId, IsTakenOverIfSane) {
  RequestIdSource source;
  HeaderList headers;
  headers.Add("x-request-id", "req-1!~");
  EXPECT_EQ(source.TakeOverOrMake(headers), "req-1!~");
}

TEST(RequestId, IsMadeWhereNoneOrNoSaneOneWasSent) {
  RequestIdSource source;
  const std::string bad[] = {"", "a b", "\xc3\xa4", std::string(129, 'a')};
  for (const std::string& sent : bad) {
    HeaderList headers;
    headers.Add("X-Request-Id", sent);
    const std::string id = source.TakeOverOrMake(headers);
    EXPECT_NE(id, sent);
    EXPECT_EQ(id.size(), 32U);
  }
  HeaderList twice;
  twice.Add("X-Request-Id", "a");
  twice.Add("X-Request-Id", "b");
  EXPECT_EQ(source.TakeOverOrMake(twice).size(), 32U);
  EXPECT_EQ(source.TakeOverOrMake({}).size(), 32U);
}

TEST(RequestId, TheLongestIsTakenOver) {
  RequestIdSource source;
  HeaderList headers;
  headers.Add("X-Request-Id", std::string(128, 'a'));
  EXPECT_EQ(source.TakeOverOrMake(headers), std::string(128, 'a'));
}

TEST(RequestId, FreshOnesDiffer) {
  RequestIdSource one;
  RequestIdSource other;
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    ids.insert(one.Next());
    ids.insert(other.Next());
  }
  EXPECT_EQ(ids.size(), 2000U);
}

}  // namespace
}  // namespace oncegate
