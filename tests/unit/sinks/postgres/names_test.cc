#include <gtest/gtest.h>

#include "sinks/postgres/table_name.h"
#include "sinks/postgres/utf8_range.h"

namespace oncegate::postgres {
namespace {

TEST(PostgresTableName, AnUnqualifiedNameStandsInTheGivenSchema) {
  EXPECT_EQ(ParseTableName("orders", "public"), (TableName{"public", "orders"}));
  EXPECT_EQ(ParseTableName("sales.orders", "public"), (TableName{"sales", "orders"}));
}

TEST(PostgresTableName, AnythingElseIsNoName) {
  for (const std::string& text :
       {std::string(), std::string("."), std::string("a."), std::string(".a"), std::string("a.b.c"),
        std::string(64, 'x'), std::string("a\0b", 3), "s." + std::string(64, 'x')}) {
    EXPECT_EQ(ParseTableName(text, "public"), std::nullopt) << text;
  }
}

TEST(PostgresTableName, ANameReadsBackAsItWasConfigured) {
  EXPECT_EQ(ToConfigured({"public", "orders"}, "public"), "orders");
  EXPECT_EQ(ToConfigured({"sales", "orders"}, "public"), "sales.orders");
  EXPECT_EQ(Quote({"a\"b", "c d"}), "\"a\"\"b\".\"c d\"");
}

TEST(EndOfPrefix, IsTheNextTextInByteOrder) {
  EXPECT_EQ(EndOfPrefix("a"), "b");
  EXPECT_EQ(EndOfPrefix("ab"), "ac");
  EXPECT_EQ(EndOfPrefix("\x7f"), "\xc2\x80");
  EXPECT_EQ(EndOfPrefix("x\xc3\xa9"), "x\xc3\xaa");
  EXPECT_EQ(EndOfPrefix("\xdf\xbf"), "\xe0\xa0\x80");
  EXPECT_EQ(EndOfPrefix("\xed\x9f\xbf"), "\xee\x80\x80") << "there are no surrogates";
  EXPECT_EQ(EndOfPrefix("\xef\xbf\xbf"), "\xf0\x90\x80\x80");
}

TEST(EndOfPrefix, TheLastCodePointCarriesToTheOneBeforeIt) {
  EXPECT_EQ(EndOfPrefix("a\xf4\x8f\xbf\xbf"), "b");
  EXPECT_EQ(EndOfPrefix("\xf4\x8f\xbf\xbf"), "") << "nothing lies above";
  EXPECT_EQ(EndOfPrefix(""), "");
}

}  // namespace
}  // namespace oncegate::postgres
