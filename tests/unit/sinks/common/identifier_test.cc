#include "sinks/common/identifier.h"

#include <gtest/gtest.h>

namespace oncegate {
namespace {

TEST(QuoteIdentifier, QuotesWithinAreDoubled) {
  EXPECT_EQ(QuoteIdentifier("orders"), "\"orders\"");
  EXPECT_EQ(QuoteIdentifier("a\"; DROP TABLE b; --"), "\"a\"\"; DROP TABLE b; --\"");
  EXPECT_EQ(QuoteIdentifier("\"\""), "\"\"\"\"\"\"");
  EXPECT_EQ(QuoteIdentifier(""), "\"\"");
}

TEST(QuoteIdentifierDeathTest, ANulIsABrokenInvariant) {
  EXPECT_DEATH(QuoteIdentifier(std::string_view("a\0b", 3)), "CHECK");
}

}  // namespace
}  // namespace oncegate
