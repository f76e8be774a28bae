#include "sinks/registry.h"

#include <gtest/gtest.h>

namespace oncegate {
namespace {

TEST(SinkRegistry, EveryTypeIsFoundByItsName) {
  for (const std::string_view name : SinkTypeNames()) {
    ASSERT_NE(FindSinkType(name), nullptr) << name;
    EXPECT_EQ(FindSinkType(name)->name, name);
  }
}

TEST(SinkRegistry, TheSinksOfThisVersionAreThere) {
  EXPECT_NE(FindSinkType("sqlite"), nullptr);
  EXPECT_NE(FindSinkType("postgres"), nullptr);
  EXPECT_NE(FindSinkType("kafka"), nullptr);
  EXPECT_NE(FindSinkType("mysql"), nullptr);
  EXPECT_NE(FindSinkType("files"), nullptr);
  EXPECT_NE(FindSinkType("redis"), nullptr);
}

TEST(SinkRegistry, NamesAreExactAndOthersUnknown) {
  EXPECT_EQ(FindSinkType("SQLite"), nullptr);
  EXPECT_EQ(FindSinkType("sqlite "), nullptr);
  EXPECT_EQ(FindSinkType(""), nullptr);
}

}  // namespace
}  // namespace oncegate
