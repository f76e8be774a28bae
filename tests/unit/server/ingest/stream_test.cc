#include "server/ingest/stream.h"

#include <gtest/gtest.h>

#include <string>

namespace oncegate {
namespace {

TEST(StreamName, LowerCaseWordsAreValid) {
  for (const char* name : {"orders", "_a", "a1_b2", "o", "oncegate", "pgdata"}) {
    EXPECT_TRUE(IsValidStreamName(name)) << name;
  }
  EXPECT_TRUE(IsValidStreamName(std::string(63, 'a')));
}

TEST(StreamName, EverythingElseIsNot) {
  for (const char* name : {"", "Orders", "1a", "a-b", "a b", "a.b", "a__b", "__a", "oncegate_x",
                           "sqlite_x", "pg_x", "a\xc3\xa4", "a;b", "a/b"}) {
    EXPECT_FALSE(IsValidStreamName(name)) << name;
  }
  EXPECT_FALSE(IsValidStreamName(std::string(64, 'a')));
  EXPECT_FALSE(IsValidStreamName(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace oncegate
