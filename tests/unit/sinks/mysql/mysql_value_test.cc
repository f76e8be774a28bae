// What fields become as parameters: the same value, or a refusal.
#include <gtest/gtest.h>

#include "sinks/mysql/column_value.h"
#include "sinks/mysql/iso_time.h"

namespace oncegate::mysql {
namespace {

ColumnRules Rules(ColumnForm form, std::optional<int> scale = std::nullopt,
                  std::uint64_t size_max = 0) {
  ColumnRules rules;
  rules.name = "price";
  rules.form = form;
  rules.scale = scale;
  rules.size_max = size_max;
  rules.declared = form == ColumnForm::kMember    ? "enum('a','it''s','7')"
                   : form == ColumnForm::kMembers ? "set('a','b')"
                                                  : "type";
  return rules;
}

/// What is sent, or "refused".
std::string Sent(const ColumnRules& rules, std::string_view json) {
  ColumnValue value;
  const std::string fault = ConvertField(rules, json, &value);
  if (fault.empty()) return value.is_null ? "NULL" : std::string(value.bytes());
  EXPECT_NE(fault.find("\"price\""), std::string::npos) << fault;
  return "refused";
}

TEST(MysqlValue, ANumberThatWouldBeRoundedIsRefused) {
  const ColumnRules whole = Rules(ColumnForm::kNumber, 0);
  for (const char* json : {"0", "-7", "1e2", "1.50e1", "10.000", "123456789012345678901234567890",
                           "0e-99999999999999999999"}) {
    EXPECT_EQ(Sent(whole, json), json);
  }
  for (const char* json : {"0.5", "15e-1", "1.51e1", "1e-99999999999999999999", "\"1.5\"", "\"x\"",
                           "\" 1\"", "\"0x1f\"", "\"\"", "\"1e\"", "[1]", "{}"}) {
    EXPECT_EQ(Sent(whole, json), "refused") << json;
  }
  EXPECT_EQ(Sent(whole, "\"12\""), "12");
  EXPECT_EQ(Sent(whole, "true"), "1");
  EXPECT_EQ(Sent(whole, "false"), "0");
  EXPECT_EQ(Sent(whole, "null"), "NULL");
  const ColumnRules cents = Rules(ColumnForm::kNumber, 2);
  EXPECT_EQ(Sent(cents, "12.50"), "12.50");
  EXPECT_EQ(Sent(cents, "12.500"), "12.500");
  EXPECT_EQ(Sent(cents, "12.345"), "refused");
  EXPECT_EQ(Sent(Rules(ColumnForm::kNumber), "0.1234567890123456789"), "0.1234567890123456789");
}

TEST(MysqlValue, TextIsSentAsItIsUnlessSpacesWouldBeLost) {
  const ColumnRules text = Rules(ColumnForm::kText, std::nullopt, 3);
  EXPECT_EQ(Sent(text, R"("ä\u00e9\"")"), "äé\"");
  EXPECT_EQ(Sent(text, "\"ab \""), "ab ");
  EXPECT_EQ(Sent(text, "\"äb \""), "äb ");
  EXPECT_EQ(Sent(text, "\"abc \""), "refused");
  EXPECT_EQ(Sent(text, "\"abcd\""), "abcd") << "the server refuses it";
  EXPECT_EQ(Sent(text, "1.10"), "1.10");
  EXPECT_EQ(Sent(text, "true"), "true");
  EXPECT_EQ(Sent(text, "{\"a\": 1}"), "{\"a\": 1}");
  EXPECT_EQ(Sent(Rules(ColumnForm::kLongText, std::nullopt, 3), "\"äb \""), "refused");
  EXPECT_EQ(Sent(Rules(ColumnForm::kPaddedText, std::nullopt, 9), "\"a \""), "refused");
  EXPECT_EQ(Sent(Rules(ColumnForm::kPaddedText, std::nullopt, 9), "\" a\""), " a");
  EXPECT_EQ(Sent(Rules(ColumnForm::kPaddedBytes, std::nullopt, 3), "\"ab\""), "refused");
  EXPECT_EQ(Sent(Rules(ColumnForm::kPaddedBytes, std::nullopt, 3), "\"abc\""), "abc");
}

TEST(MysqlValue, JsonStaysJson) {
  const ColumnRules json = Rules(ColumnForm::kJson);
  for (const char* text : {"\"a\\n\"", "1e400", "true", "[1, 2]"})
    EXPECT_EQ(Sent(json, text), text);
  EXPECT_EQ(Sent(json, "null"), "NULL");
}

TEST(MysqlValue, NoDigitIsTakenForThePlaceOfAMember) {
  const ColumnRules member = Rules(ColumnForm::kMember);
  EXPECT_EQ(Sent(member, "\"a\""), "a");
  EXPECT_EQ(Sent(member, "\"it's\""), "it's");
  EXPECT_EQ(Sent(member, "\"7\""), "7");
  for (const char* json : {"\"1\"", "\"A\"", "\"a \"", "\"\"", "1", "7", "true"}) {
    EXPECT_EQ(Sent(member, json), "refused") << json;
  }
  const ColumnRules members = Rules(ColumnForm::kMembers);
  EXPECT_EQ(Sent(members, "\"b,a\""), "b,a");
  EXPECT_EQ(Sent(members, "\"\""), "");
  EXPECT_EQ(Sent(members, "\"3\""), "refused");
  EXPECT_EQ(Sent(members, "\"a,c\""), "refused");
}

TEST(MysqlValue, BitsAreBytes) {
  EXPECT_EQ(Sent(Rules(ColumnForm::kBits, std::nullopt, 1), "true"), "\x01");
  EXPECT_EQ(Sent(Rules(ColumnForm::kBits, std::nullopt, 1), "2"), "refused");
  EXPECT_EQ(Sent(Rules(ColumnForm::kBits, std::nullopt, 9), "258"), "\x01\x02");
  EXPECT_EQ(Sent(Rules(ColumnForm::kBits, std::nullopt, 64), "18446744073709551615"),
            std::string(8, '\xff'));
  EXPECT_EQ(Sent(Rules(ColumnForm::kBits, std::nullopt, 64), "-1"), "refused");
}

TEST(MysqlValue, TimesWithAZoneBecomeUtc) {
  const ColumnRules time = Rules(ColumnForm::kDateTime, 3);
  EXPECT_EQ(Sent(time, "\"2026-01-31T12:00:00Z\""), "2026-01-31 12:00:00");
  EXPECT_EQ(Sent(time, "\"2026-01-01T00:30:00.5+01:00\""), "2025-12-31 23:30:00.5");
  EXPECT_EQ(Sent(time, "\"2026-02-28 23:00:00-02:30\""), "2026-03-01 01:30:00");
  EXPECT_EQ(Sent(time, "\"2026-01-31 12:00:00.120000\""), "2026-01-31 12:00:00.12");
  EXPECT_EQ(Sent(time, "\"2026-01-31\""), "2026-01-31");
  for (const char* json :
       {"\"2026-02-29T12:00:00Z\"", "\"2026-01-31T24:00:00Z\"", "\"2026-01-31T12:00:00.1234Z\"",
        "\"2026-01-31T12:00:00+25:00\"", "\"20260131\"", "20260131", "\"now\"", "\"\"",
        "\"2026-01-31T\"", "\"2026-01-31T12\"", "\"2026-01-31T12:00:00.Z\"", "true", "[]"}) {
    EXPECT_EQ(Sent(time, json), "refused") << json;
  }
  EXPECT_EQ(Sent(Rules(ColumnForm::kDate), "\"2026-01-31\""), "2026-01-31");
  EXPECT_EQ(Sent(Rules(ColumnForm::kDate), "\"2026-01-31T12:00:00Z\""), "refused");
  EXPECT_EQ(Sent(Rules(ColumnForm::kTime, 0), "\"-101:02:03\""), "-101:02:03");
  EXPECT_EQ(Sent(Rules(ColumnForm::kTime, 0), "\"12:00\""), "12:00:00");
  EXPECT_EQ(Sent(Rules(ColumnForm::kTime, 0), "\"12:00:00.5\""), "refused");
  EXPECT_EQ(Sent(Rules(ColumnForm::kTime, 0), "\"12\""), "refused");
  EXPECT_EQ(Sent(Rules(ColumnForm::kYear), "2026"), "2026");
  EXPECT_EQ(Sent(Rules(ColumnForm::kYear), "26"), "refused");
}

TEST(MysqlValue, NullIsRefusedWhereTheServerWouldPutTheTimeAtHand) {
  ColumnRules rules = Rules(ColumnForm::kDateTime, 0);
  EXPECT_EQ(Sent(rules, "null"), "NULL");
  rules.takes_null = false;
  EXPECT_EQ(Sent(rules, "null"), "refused");
}

}  // namespace
}  // namespace oncegate::mysql
