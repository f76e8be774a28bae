#include "server/http/uri.h"

#include <gtest/gtest.h>

namespace oncegate {
namespace {

using Path = std::vector<std::string>;

TEST(Target, IsSplitBeforeItIsDecoded) {
  const auto target = ParseTarget("/v1/streams/orders/producers/a%2Fb%20c");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, (Path{"v1", "streams", "orders", "producers", "a/b c"}));
}

TEST(Target, KeepsEmptySegments) {
  EXPECT_EQ(ParseTarget("/")->path, Path{""});
  EXPECT_EQ(ParseTarget("/a/")->path, (Path{"a", ""}));
  EXPECT_EQ(ParseTarget("//a")->path, (Path{"", "a"}));
}

TEST(Target, RefusesBrokenEscapes) {
  for (const char* text : {"/%", "/%4", "/%zz", "/a%2", "/?x=%g0", "/?%=1", "/%%20"}) {
    EXPECT_FALSE(ParseTarget(text)) << text;
  }
}

TEST(Target, DecodesToAnyByte) {
  EXPECT_EQ(ParseTarget("/%00%FF")->path, Path{std::string("\0\xff", 2)});
}

TEST(Target, APlusIsASpaceInTheQueryOnly) {
  const auto target = ParseTarget("/a+b?c+d=e%2Bf+g");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, Path{"a+b"});
  ASSERT_EQ(target->query.size(), 1U);
  EXPECT_EQ(target->query[0].name, "c d");
  EXPECT_EQ(target->query[0].value, "e+f g");
}

TEST(Target, QueryPairsKeepTheirOrder) {
  const auto target = ParseTarget("/?a=1&b&&a=2=3&");
  ASSERT_TRUE(target);
  ASSERT_EQ(target->query.size(), 3U);
  EXPECT_EQ(target->query[1].name, "b");
  EXPECT_EQ(target->query[1].value, "");
  EXPECT_EQ(target->query[2].value, "2=3");
}

TEST(Target, TakesTheAbsoluteForm) {
  EXPECT_EQ(ParseTarget("http://host:80/a/b?c=d")->path, (Path{"a", "b"}));
  EXPECT_EQ(ParseTarget("HTTP://host")->path, Path{""});
  const auto query_only = ParseTarget("http://host?x=1");
  ASSERT_TRUE(query_only);
  EXPECT_EQ(query_only->path, Path{""});
  EXPECT_EQ(query_only->query.size(), 1U);
}

TEST(Target, RefusesOtherForms) {
  for (const char* text : {"host:80", "https://host/", "ftp://host/", "http:///a", "a/b", "/a#b",
                           "http://user@host/", "**"}) {
    EXPECT_FALSE(ParseTarget(text)) << text;
  }
}

TEST(Target, TheAsteriskIsAFormOfItsOwn) {
  EXPECT_EQ(ParseTarget("*")->form, TargetForm::kAsterisk);
}

}  // namespace
}  // namespace oncegate
