#include "sinks/sink.h"

#include <gtest/gtest.h>

namespace oncegate {
namespace {

TEST(SinkErrorClass, EachHasTheNameThatMetricsUse) {
  EXPECT_EQ(ToString(SinkErrorClass::kRestart), "restart");
  EXPECT_EQ(ToString(SinkErrorClass::kConnection), "connection");
  EXPECT_EQ(ToString(SinkErrorClass::kStream), "stream");
  EXPECT_EQ(ToString(SinkErrorClass::kRefused), "refused");
}

}  // namespace
}  // namespace oncegate
