#include "sinks/common/row_key.h"

#include <gtest/gtest.h>

#include "sinks/common/json_members.h"

namespace oncegate {
namespace {

using Names = std::vector<std::string>;

TEST(RowKey, AKeyOfOneColumnIsItsText) {
  EXPECT_EQ(RowKeyOf(Names{"id"}, R"({"a":1,"id":42})"), "42");
  EXPECT_EQ(RowKeyOf(Names{"id"}, R"({ "id" : "e\u0075" })"), "eu");
  EXPECT_EQ(RowKeyOf(Names{"id"}, R"({"id":true})"), "true");
}

TEST(RowKey, AKeyOfSeveralColumnsIsAnArrayInTheirOrder) {
  const std::string key = RowKeyOf(Names{"region", "id"}, R"({"id":7,"region":"e\"\\u\n"})");
  EXPECT_EQ(key, R"(["e\"\\u\u000a",7])");
  const KeyType types[] = {KeyType::kText, KeyType::kInteger};
  EXPECT_EQ(SplitRowKey(types, key), (Names{"e\"\\u\n", "7"}));
}

TEST(RowKey, AValueWithoutEveryKeyColumnGivesNone) {
  for (const char* const value : {"{}", R"({"id":null})", R"({"id":{}})", R"([1])", "1", "", "{",
                                  R"({"id")", R"({"id":)", R"({"id":")"}) {
    EXPECT_EQ(RowKeyOf(Names{"id"}, value), "") << value;
  }
}

TEST(RowKey, EveryTypeHasOneSpelling) {
  const auto is_spelled = [](KeyType type, std::string_view key) {
    return SplitRowKey(std::span(&type, 1), key).has_value();
  };
  for (const auto& [type, key] : {std::pair(KeyType::kInteger, "-9223372036854775808"),
                                  {KeyType::kInteger, "0"},
                                  {KeyType::kNumeric, "-0.5"},
                                  {KeyType::kNumeric, "123456789012345678901234567890"},
                                  {KeyType::kText, " any "},
                                  {KeyType::kPaddedText, " a"},
                                  {KeyType::kDate, "2026-01-31"},
                                  {KeyType::kUuid, "0b9f6e0a-1111-4222-8333-abcdefabcdef"},
                                  {KeyType::kBoolean, "false"}}) {
    EXPECT_TRUE(is_spelled(type, key)) << key;
  }
  for (const auto& [type, key] : {std::pair(KeyType::kInteger, "9223372036854775808"),
                                  {KeyType::kInteger, "-0"},
                                  {KeyType::kInteger, "007"},
                                  {KeyType::kInteger, ""},
                                  {KeyType::kNumeric, "1.50"},
                                  {KeyType::kNumeric, "1."},
                                  {KeyType::kNumeric, "1e3"},
                                  {KeyType::kNumeric, "00.5"},
                                  {KeyType::kPaddedText, "a "},
                                  {KeyType::kDate, "2026-1-31"},
                                  {KeyType::kBoolean, "t"},
                                  {KeyType::kUuid, "0B9F6E0A-1111-4222-8333-ABCDEFABCDEF"}}) {
    EXPECT_FALSE(is_spelled(type, key)) << key;
  }
}

TEST(JsonMembers, ValuesKeepTheirTextAndNamesLoseTheirEscapes) {
  std::vector<JsonMember> members;
  ASSERT_TRUE(ReadMembers(R"( {"a\u00e9\ud83d\ude00" : [1, {"b":"]}"}] , "c":1e400} )", &members));
  ASSERT_EQ(members.size(), 2U);
  EXPECT_EQ(members[0].name, "aé😀");
  EXPECT_EQ(members[0].value, R"([1, {"b":"]}"}])");
  EXPECT_EQ(members[1].value, "1e400");
}

TEST(JsonMembers, TextThatIsCutAnywhereIsNoObject) {
  const std::string text = R"({"a\u00e9":["x\"",{}],"b":-1.5})";
  std::vector<JsonMember> members;
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(ReadMembers(text.substr(0, size), &members)) << size;
  }
  EXPECT_TRUE(ReadMembers(text, &members));
}

}  // namespace
}  // namespace oncegate
