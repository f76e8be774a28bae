// The frame around records: one object, an array, or lines.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/server/decode/decoding.h"

namespace oncegate {
namespace {

constexpr const char* kGood = R"({"id":"a","value":1})";

Decoding Ndjson() {
  Decoding decoding;
  decoding.format = BodyFormat::kNdjson;
  return decoding;
}

std::vector<std::uint32_t> Indexes(const Decoded& decoded) {
  std::vector<std::uint32_t> indexes;
  for (const Event& event : decoded.batch->events) indexes.push_back(event.index);
  return indexes;
}

TEST(JsonBody, IsOneObjectOrAnArrayOfObjects) {
  EXPECT_EQ(Decoding{}(kGood).Events(), 1U);
  EXPECT_EQ(Decoding{}(std::string(" \t\r\n[ ") + kGood + " , " + kGood + " ] \n").Events(), 2U);
  EXPECT_EQ(Decoding{}("[]").Records(), 0U);
  EXPECT_EQ(Decoding{}("[]").FaultCode(), "no fault");
  EXPECT_EQ(Decoding{}(" [ ] ").FaultCode(), "no fault");
  EXPECT_EQ(Decoding{}("{}").Of(0), "missing_field /id");
  for (const char* scalar : {"1", "\"a\"", "null", "true", "-0.5e+1"}) {
    EXPECT_EQ(Decoding{}(scalar).FaultCode(), "not_an_object") << scalar;
  }
}

TEST(JsonBody, WithoutAnyTokenIsEmpty) {
  for (const char* body : {"", " ", "\n\t\r "}) {
    const Decoded decoded = Decoding{}(body);
    EXPECT_EQ(decoded.FaultCode(), "empty_body");
    EXPECT_EQ(decoded.fault->status, 400);
  }
}

TEST(JsonBody, AByteOrderMarkIsRefusedByName) {
  const Decoded decoded = Decoding{}(std::string("\xEF\xBB\xBF") + kGood);
  EXPECT_EQ(decoded.FaultCode(), "malformed_json");
  EXPECT_THAT(decoded.fault->detail, testing::HasSubstr("byte order mark"));
}

TEST(JsonBody, AFaultSaysWhere) {
  EXPECT_THAT(Decoding{}("[{\"id\":\"a\"},\n {\"id\" 1}]").fault->detail,
              testing::StartsWith("byte 20 (line 2, column 8): expected :"));
  EXPECT_THAT(Decoding{}("[{\"id\":\"\\x\"}]").fault->detail, testing::StartsWith("byte 8 "));
  EXPECT_THAT(Decoding{}("[{\"id\":\"a\nb\"}]").fault->detail, testing::StartsWith("byte 9 "));
  EXPECT_THAT(Decoding{}("[{\"id\":\"a}]").fault->detail, testing::StartsWith("byte 7 "));
  EXPECT_THAT(Decoding{}("[{\"id\":\"\xC0\xAF\"}]").fault->detail, testing::StartsWith("byte 8 "));
  EXPECT_THAT(Decoding{}("[{\"id\":").fault->detail, testing::HasSubstr("ends too early"));
}

TEST(JsonBody, OneBrokenPlaceAnywhereRefusesAllOfIt) {
  const std::string good = kGood;
  for (const char* broken :
       {"{\"id\":\"b\"", "{\"id\":tru}", "{\"x\":{\"y\":01}}", "{\"x\":[1,]}", "nul", "[1 2]"}) {
    for (const std::string& body :
         {"[" + good + "," + broken + "]", "[" + std::string(broken) + "," + good + "]"}) {
      const Decoded decoded = Decoding{}(body);
      EXPECT_EQ(decoded.FaultCode(), "malformed_json") << body;
      EXPECT_EQ(decoded.fault->status, 400);
      EXPECT_EQ(decoded.Records() + decoded.Events(), 0U);
    }
  }
  for (const char* behind : {"x", "]", "{}", "[]", ",", "1"}) {
    EXPECT_EQ(Decoding{}("[" + good + "]" + behind).FaultCode(), "malformed_json") << behind;
    EXPECT_EQ(Decoding{}(good + behind).FaultCode(), "malformed_json") << behind;
  }
}

TEST(JsonBody, InvalidUtf8AnywhereRefusesAllOfIt) {
  const std::string good = kGood;
  for (const std::string bytes : {"\xFF", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80",
                                  "\xE2\x82", "\xF0\x9F\x98"}) {
    EXPECT_EQ(Decoding{}("[" + good + ",{\"x\":\"" + bytes + "\"}]").FaultCode(), "invalid_utf8");
    EXPECT_EQ(Decoding{}("[" + good + "," + bytes + "]").FaultCode(), "invalid_utf8");
    EXPECT_EQ(Decoding{}("[" + good + "]" + bytes).FaultCode(), "invalid_utf8");
  }
}

TEST(JsonBody, ABadRecordDoesNotTouchItsNeighbours) {
  const std::string good = kGood;
  for (const std::string& bad :
       {std::string("1"), std::string("null"), std::string("\"x\""), std::string("[]"),
        "[" + good + "]", std::string("{}"), std::string(R"({"id":"a","id":"b","value":1})"),
        std::string(R"({"id":"\ud800","value":1})"), std::string(R"({"id":"\u0000","value":1})"),
        R"({"id":"a","value":)" + Nested(5000) + "}",
        R"({"\udc00":1,"id":"a","value":1})" + std::string(),
        std::string(R"({"id":"a","value":1,"x":{"deep":[1,{"y":2}]}})")}) {
    const Decoded decoded = Decoding{}("[" + good + "," + bad + "," + good + "]");
    ASSERT_EQ(decoded.FaultCode(), "no fault") << bad.substr(0, 80) << decoded.fault->detail;
    ASSERT_EQ(decoded.Records(), 3U);
    EXPECT_EQ(decoded.Of(0), "valid");
    EXPECT_NE(decoded.Of(1), "valid") << bad;
    EXPECT_EQ(decoded.Of(2), "valid");
    EXPECT_EQ(Indexes(decoded), (std::vector<std::uint32_t>{0, 2}));
  }
}

TEST(JsonBody, AnElementThatIsNoObjectIsCalledThat) {
  const Decoded decoded = Decoding{}(R"([1,"\ud800",[{"a":1,"a":2}],null])");
  ASSERT_EQ(decoded.Records(), 4U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(decoded.Of(i), "not_an_object");
}

TEST(JsonBody, TooManyRecordsAreRefusedAsAWhole) {
  Decoding decoding;
  decoding.limits.records_max = 3;
  const std::string good = kGood;
  EXPECT_EQ(decoding("[" + good + "," + good + "," + good + "]").Events(), 3U);
  const Decoded json = decoding("[1," + good + "," + good + "," + good + "]");
  EXPECT_EQ(json.FaultCode(), "too_many_records");
  EXPECT_EQ(json.fault->status, 413);
  EXPECT_EQ(json.Records() + json.Events(), 0U);
  decoding.format = BodyFormat::kNdjson;
  EXPECT_EQ(decoding(good + "\n" + good + "\n\n" + good + "\n\n").Events(), 3U);
  const Decoded lines = decoding(good + "\nbroken\n" + good + "\n" + good);
  EXPECT_EQ(lines.FaultCode(), "too_many_records");
  EXPECT_EQ(lines.fault->status, 413);
}

TEST(JsonBody, TooManyRecordsOutrankABadHeader) {
  for (const char* id : {"key", "bad\tkey"}) {
    Decoding decoding;
    decoding.limits.records_max = 3;
    decoding.defaults.id = id;
    decoding.format = BodyFormat::kNdjson;
    EXPECT_EQ(decoding("{}\n{}\n{}\n{}").FaultCode(), "too_many_records");
    EXPECT_EQ(decoding("{}\n{}\n{}").fault->status, 400);
    decoding.format = BodyFormat::kJson;
    EXPECT_EQ(decoding("[1,2,3,4]").FaultCode(), "too_many_records");
    EXPECT_EQ(decoding("[1,2,3]").fault->status, 400);
  }
}

TEST(JsonBody, ValuesAreTheBytesThatWereSent) {
  for (const char* value :
       {"1e400", "18446744073709551616", "1234567890123456789012345678901234567890", "0.1", "-0",
        "1E2", R"("\u0041\ud83d\ude00")", "{ \"b\" : 1 ,\n \"a\" : [ 1 , 2 ] }", "\"😀\"", "[]",
        "{}", "null", "false", "\"\""}) {
    const Decoded decoded = Decoding{}(std::string("{\"value\" : ") + value + " ,\"id\":\"a\"}");
    ASSERT_EQ(decoded.Events(), 1U) << value;
    EXPECT_EQ(decoded.batch->events[0].value, value);
  }
}

TEST(JsonBody, StringsOfTenMegabytesPass) {
  const std::string text(10'000'000, 'x');
  const Decoded plain = Decoding{}(R"({"id":"a","value":")" + text + "\"}");
  ASSERT_EQ(plain.Events(), 1U);
  EXPECT_EQ(plain.batch->events[0].value.size(), text.size() + 2);
  const Decoded escaped = Decoding{}(R"({"id":"a","value":"\u0078)" + text.substr(1) + "\"}");
  ASSERT_EQ(escaped.Events(), 1U);
  EXPECT_EQ(escaped.batch->events[0].fingerprint, plain.batch->events[0].fingerprint);
}

TEST(JsonBody, EventsViewTheBodyWhereNothingIsEscaped) {
  const Decoded decoded = Decoding{}(R"({"id":"plain","key":"esc\u0061ped","value":1})");
  ASSERT_EQ(decoded.Events(), 1U);
  const Event& event = decoded.batch->events[0];
  const std::string& body = decoded.batch->body;
  EXPECT_TRUE(event.id.data() > body.data() && event.id.data() < body.data() + body.size());
  EXPECT_EQ(event.key, "escaped");
  EXPECT_EQ(body, R"({"id":"plain","key":"esc\u0061ped","value":1})");
}

TEST(JsonBody, DepthIsThatOfTheValue) {
  const auto judge = [](const std::string& value) {
    return Judge(DedupeMode::kId, R"({"id":"a","value":)" + value + "}");
  };
  EXPECT_EQ(judge(Nested(128)), "valid");
  std::string pointer = "too_deep /value";
  for (int i = 0; i < 128; ++i) pointer += "/0";
  EXPECT_EQ(judge(Nested(129)), pointer);
  EXPECT_EQ(judge(Nested(1'000'000)), pointer);
  std::string objects = "1";
  for (int i = 0; i < 128; ++i) objects = "{\"a\":" + objects + "}";
  EXPECT_EQ(judge(objects), "valid");
  EXPECT_THAT(judge("{\"a\":" + objects + "}"), testing::StartsWith("too_deep /value/a/a"));
  EXPECT_EQ(judge(std::string(1'000'000, '[')), "fault malformed_json");
  EXPECT_EQ(judge(Nested(200) + "]"), "fault malformed_json");
  EXPECT_EQ(judge(std::string(200, '[') + "{]" + std::string(199, ']')), "fault malformed_json");
}

TEST(JsonBody, DuplicateNamesAreFoundAtAnyDepthAndSpelling) {
  const auto judge = [](const std::string& value) {
    return Judge(DedupeMode::kId, R"({"id":"a","value":)" + value + "}");
  };
  EXPECT_EQ(judge(R"({"a":1,"b":2,"a":1})"), "duplicate_member /value/a");
  EXPECT_EQ(judge(R"([0,{"x":{"a":1,"\u0061":1}}])"), "duplicate_member /value/1/x/a");
  EXPECT_EQ(judge(R"({"😀":1,"\ud83d\ude00":1})"), "duplicate_member /value/😀");
  EXPECT_EQ(judge(R"({"":1,"":1})"), "duplicate_member /value/");
  EXPECT_EQ(judge(R"({"a":{"a":{"a":1}},"A":1,"a ":1})"), "valid");
  EXPECT_EQ(judge(R"([{"a":1},{"a":1}])"), "valid");
  EXPECT_EQ(Judge(DedupeMode::kId, R"({"id":"a","value":1,"value":1})"), "duplicate_member /value");
}

TEST(JsonBody, DuplicateNamesAreFoundAmongMany) {
  for (const int count : {15, 16, 17, 1000}) {
    std::string members;
    for (int i = 0; i < count; ++i) members += "\"name" + std::to_string(i) + "\":1,";
    const std::string good = R"({"id":"a","value":{)" + members + "\"last\":1}}";
    EXPECT_EQ(Judge(DedupeMode::kId, good), "valid");
    const std::string bad = R"({"id":"a","value":{)" + members + "\"name7\":1}}";
    EXPECT_EQ(Judge(DedupeMode::kId, bad), "duplicate_member /value/name7");
  }
}

TEST(JsonBody, SurrogatesAndNulAreFoundAnywhere) {
  const auto judge = [](const std::string& value) {
    return Judge(DedupeMode::kId, R"({"id":"a","value":)" + value + "}");
  };
  for (const char* lone : {R"("\ud800")", R"("\udc00")", R"("\ud800\ud800")", R"("\udc00\ud800")",
                           R"("\ud800x")", R"("\ud800\u0041")", R"("\uD83D\n")"}) {
    EXPECT_EQ(judge(lone), "lone_surrogate /value") << lone;
    EXPECT_EQ(judge(std::string("[0,{\"x\":") + lone + "}]"), "lone_surrogate /value/1/x") << lone;
    EXPECT_EQ(judge(std::string("{\"x\":{") + lone + ":1}}"), "lone_surrogate /value/x") << lone;
  }
  EXPECT_EQ(judge(R"("\uD83D\uDE00")"), "valid");
  EXPECT_EQ(judge(R"("a\u0000b")"), "nul_character /value");
  EXPECT_EQ(judge(R"([{"a\u0000":1}])"), "nul_character /value/0");
  EXPECT_EQ(judge(R"("\\u0000")"), "valid");
  EXPECT_EQ(Judge(DedupeMode::kId, R"({"id":"a","value":1,"x":["\u0000"]})"), "nul_character /x/0");
}

TEST(JsonBody, WithoutFingerprintsEverythingIsStillChecked) {
  Decoding decoding;
  decoding.fingerprints = false;
  const Decoded decoded = decoding(
      R"([{"id":"a","value":{"a":1}},{"id":"a","value":{"a":1,"a":2}},{"id":"a","value":"\ud800"}])");
  EXPECT_EQ(decoded.Of(0), "valid");
  EXPECT_TRUE(decoded.batch->events[0].fingerprint.IsNone());
  EXPECT_EQ(decoded.Of(1), "duplicate_member /value/a");
  EXPECT_EQ(decoded.Of(2), "lone_surrogate /value");
  EXPECT_EQ(decoding(R"([{"id":"a","value":01}])").FaultCode(), "malformed_json");
}

TEST(NdjsonBody, EachLineIsARecord) {
  const std::string good = kGood;
  EXPECT_EQ(Ndjson()(good + "\n" + good + "\n").Events(), 2U);
  EXPECT_EQ(Ndjson()(good + "\n" + good).Events(), 2U);
  EXPECT_EQ(Ndjson()(good + "\r\n" + good + "\r\n").Events(), 2U);
  EXPECT_EQ(Ndjson()("  " + good + "\t\n").Events(), 1U);
}

TEST(NdjsonBody, BlankLinesDoNotCount) {
  const std::string good = kGood;
  for (const char* blank : {"", "\n", "\n\n\r\n", "  \n\t\n"}) {
    const Decoded decoded = Ndjson()(blank);
    EXPECT_EQ(decoded.FaultCode(), "no fault");
    EXPECT_EQ(decoded.Records(), 0U);
  }
  const Decoded decoded = Ndjson()("\n" + good + "\n\n \r\n" + good + "\n");
  EXPECT_EQ(Indexes(decoded), (std::vector<std::uint32_t>{0, 1}));
}

TEST(NdjsonBody, AMalformedLineUsesUpItsNumber) {
  RecordDefaults defaults;
  defaults.producer = "p";
  defaults.first_sequence = 10;
  Decoding decoding{DedupeMode::kWindow, BodyFormat::kNdjson, defaults};
  const Decoded decoded = decoding("{\"value\":1}\n\n{\"value\":\n{\"value\":3}\n");
  ASSERT_EQ(decoded.Records(), 3U);
  EXPECT_EQ(decoded.Of(1), "malformed_json");
  EXPECT_EQ(decoded.Detail(1), "line 3, column 10: the text ends too early");
  ASSERT_EQ(decoded.Events(), 2U);
  EXPECT_EQ(decoded.batch->events[0].sequence->value, 10);
  EXPECT_EQ(decoded.batch->events[1].sequence->value, 12);
}

TEST(NdjsonBody, NoLineReachesIntoTheNext) {
  const std::string good = kGood;
  for (const char* bad : {"{\"id\":\"a", "{\"id\":\"a\\", "[", "{", "\"", "\\", "{\"id\":", "nul",
                          "}", "{\"id\":\"a\",\"value\":\"x", "\\\"", "1,", "{} {}", "/* {"}) {
    const Decoded decoded = Ndjson()(good + "\n" + bad + "\n" + good + "\n" + bad);
    ASSERT_EQ(decoded.Records(), 4U) << bad;
    EXPECT_EQ(decoded.Of(0), "valid");
    EXPECT_EQ(decoded.Of(1), "malformed_json") << bad;
    EXPECT_EQ(decoded.Of(2), "valid") << bad;
    EXPECT_EQ(decoded.Of(3), "malformed_json") << bad;
  }
}

TEST(NdjsonBody, InvalidUtf8DamagesOnlyItsLine) {
  const std::string good = kGood;
  for (const std::string bytes : {"\xFF", "{\"id\":\"\xE2\x82", "{\"id\":\"\xF0\x9F\"}", "\xC3"}) {
    const Decoded decoded = Ndjson()(good + "\n" + bytes + "\n" + good);
    ASSERT_EQ(decoded.Records(), 3U);
    EXPECT_EQ(decoded.Of(1), "invalid_utf8");
    EXPECT_EQ(decoded.Of(2), "valid");
  }
}

TEST(NdjsonBody, ALineThatIsNoObjectIsCalledThat) {
  const Decoded decoded = Ndjson()(std::string("[") + kGood + "]\n1\n" + kGood);
  ASSERT_EQ(decoded.Records(), 3U);
  EXPECT_EQ(decoded.Of(0), "not_an_object");
  EXPECT_EQ(decoded.Of(1), "not_an_object");
  EXPECT_EQ(decoded.Of(2), "valid");
}

TEST(NdjsonBody, AByteOrderMarkIsRefusedByName) {
  const Decoded decoded = Ndjson()(std::string("\xEF\xBB\xBF") + kGood + "\n" + kGood);
  EXPECT_EQ(decoded.Of(0), "malformed_json");
  EXPECT_THAT(decoded.Detail(0), testing::HasSubstr("byte order mark"));
  EXPECT_EQ(decoded.Of(1), "valid");
}

TEST(NdjsonBody, LongAndShortLinesMix) {
  const std::string good = kGood;
  const std::string long_line = R"({"id":"a","value":")" + std::string(100'000, 'x') + "\"}";
  const Decoded decoded = Ndjson()(good + "\n" + long_line + "\n" + good + "\n" + long_line);
  EXPECT_EQ(decoded.Events(), 4U);
}

}  // namespace
}  // namespace oncegate
