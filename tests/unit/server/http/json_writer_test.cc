#include "server/http/json_writer.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdint>
#include <limits>

namespace oncegate {
namespace {

std::string Written(std::string_view text) {
  std::string out;
  AppendJsonString(&out, text);
  return out;
}

TEST(JsonWriter, EscapesWhatHasTo) {
  EXPECT_EQ(Written("a\"b\\c\n\r\t\x01\x1f"), R"("a\"b\\c\n\r\t\u0001\u001f")");
  EXPECT_EQ(Written("/ é 😀"), "\"/ é 😀\"");
  EXPECT_EQ(Written(""), "\"\"");
}

TEST(JsonWriter, WritesJsonWhateverTheBytes) {
  EXPECT_EQ(Written("a\xff"
                    "b"),
            "\"a\xEF\xBF\xBD"
            "b\"");
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text{static_cast<char>(first), static_cast<char>(second), 'x'};
      boost::system::error_code error;
      const auto parsed = boost::json::parse(Written(text), error);
      ASSERT_FALSE(error) << first << " " << second;
      ASSERT_TRUE(parsed.is_string());
    }
  }
}

TEST(JsonWriter, ObjectsHaveTheirCommas) {
  std::string out;
  JsonObject object(&out);
  object.String("a", "x");
  object.Integer("b", std::numeric_limits<std::int64_t>::min());
  object.Unsigned("c", std::numeric_limits<std::uint64_t>::max());
  object.Boolean("d", false);
  object.Null("e");
  object.Close();
  EXPECT_EQ(out,
            R"({"a":"x","b":-9223372036854775808,"c":18446744073709551615,"d":false,"e":null})");
}

}  // namespace
}  // namespace oncegate
