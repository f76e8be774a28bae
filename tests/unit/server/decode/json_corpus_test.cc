// What is JSON and what is not, in every place where a value can stand: read, hashed, skipped.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/server/decode/decoding.h"

namespace oncegate {
namespace {

using namespace std::string_literals;

const std::vector<std::string>& NotJson() {
  static const std::vector<std::string> kTexts{
      // Nothing, or only a part of something.
      "", " ", ",", ":", "[", "{", "]", "}", "\"", "\\", "[[", "{\"a\":[", "[1", "[1,", "[\"a\"",
      "[\"a", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a", "\"a", "\"\\", "\"\\\"",
      // Literals.
      "t", "tr", "tru", "f", "fals", "n", "nul", "True", "TRUE", "Null", "nulL", "truee", "true1",
      "nullnull", "true false", "undefined", "nan", "NaN", "-NaN", "Infinity", "-Infinity", "inf",
      "truе", "t rue", "true\"\"", "null\\", "'a'", "a", "`a`",
      // Numbers.
      "01", "-01", "00", "-", "+1", "++1", "--1", "1.", "-1.", ".5", "-.5", "1.e5", "1e", "1e+",
      "1E-", "1e1.5", "1e1e1", "0x10", "0b1", "1_000", "1 000", "1,000,", "1a", "1.5.5", "1-1",
      "1+", "1/2", "1\"a\"", "1\\", "2.\"a\"", "１", "1\xC2\xA0", "0e", "0.e1", "-\"1\"", "1]",
      "1}",
      // Strings.
      "\"a\nb\"", "\"a\tb\"", "\"\r\"", "\"\x01\"", "\"\x1F\"", "\"\0\""s, "\"\\x\"", "\"\\u\"",
      "\"\\u00\"", "\"\\u00g0\"", "\"\\u 041\"", "\"\\U0041\"", "\"\\a\"", "\"\\'\"", "\"\\0\"",
      "\"\\\n\"", "\"\\ud800\\u\"", "\"\\ud800\\ux\"", "\"a\"\"b\"", "\"a\"b", "\"a\" \"b\"",
      "\"a\"1", "\"\\u12\\u0041\"", "\"a\\\"", "\"\\\\\\\"",
      // Arrays.
      "[,]", "[1,]", "[,1]", "[1,,2]", "[1 2]", "[1;2]", "[1:2]", "[\"a\" 1]", "[\"a\":1]", "[1}",
      "[[1]", "[1]]", "[1],", "[]]", "[tru]", "[01]", "[1.]", "[\"\\x\"]", "[[],]", "[{},]",
      "[1\f,2]", "[\v]", "[\xC2\xA0]", "[1]x", "[1][1]", "[1]{}", "[]1", "[-]", "[nul,1]",
      // Objects.
      "{,}", "{\"a\"}", "{\"a\",}", "{\"a\" 1}", "{\"a\":}", "{\"a\":1,}", "{,\"a\":1}",
      "{\"a\":1,,\"b\":2}", "{\"a\":1 \"b\":2}", "{\"a\"::1}", "{\"a\":1:2}", "{a:1}", "{'a':1}",
      "{1:1}", "{null:1}", "{[]:1}", "{{}:1}", "{\"a\":1]", "{\"a\":1}}", "{\"a\":1};",
      "{\"a\":tru}", "{\"a\":01}", "{\"a\":\"\\x\"}", "{\"\\x\":1}", "{\"a\":{}", "{\"a\":1,\"b\"}",
      "{\"a\":1,\"b\":}", "{\"a\":1,1}", "{\"a\":1}{}", "{}{}", "{\"a\" \"b\"}", "{\"a\"=1}",
      "{\"a\":1,\"b\"1}", "{\"a\":\"b\",\"c\"",
      // Things of other languages.
      "/* */1", "// x\n1", "1 // x", "#1", "[1,/* */2]", "<a/>", "{\"a\":1/**/}",
      "\xEF\xBB\xBF"
      "1",
      "[\xEF\xBB\xBF]",
      "\x1E"
      "1",
      "1\0"s, "\0"s, "[\0]"s, "{\"a\":1\0}"s, "\f1", "1\f", "1\x1A", "1\v", "\\u0031", "[\\u0031]",
      "\\\"a\\\"", "\"a\\\\\"\""};
  return kTexts;
}

const std::vector<std::string>& Json() {
  static const std::vector<std::string> kTexts{
      "null",
      "true",
      "false",
      "0",
      "-0",
      "1",
      "-1",
      "1.5",
      "1e5",
      "1E+5",
      "1e-5",
      "0.1e1",
      "1e400",
      "-1e-400",
      "123456789012345678901234567890123456789012345678901234567890",
      "0e0",
      "0.000",
      "\"\"",
      "\" \"",
      "\"a\"",
      "\"\\\"\"",
      "\"\\\\\"",
      "\"\\/\"",
      "\"\\b\\f\\n\\r\\t\"",
      "\"\\u0041\"",
      "\"\\u00e4\\u20AC\\ud83d\\ude00\"",
      "\"\\uFFFF\"",
      "\"\\\\u0000\"",
      "\"ä€😀\"",
      "\"\x7F\"",
      "\"\xC2\x80\"",
      "\"\xEF\xBF\xBF\"",
      "\"\xF4\x8F\xBF\xBF\"",
      "\"\xEF\xBB\xBF\"",
      "\"/* */\"",
      "\"[{,}]:\"",
      "\"\\\\\\\"\"",
      "[]",
      "[ ]",
      "[1]",
      "[1,2]",
      "[ 1 , 2 ]",
      "[[]]",
      "[[],[[]],{}]",
      "[\n\t\r 1\n]",
      "[null,true,false]",
      "[\"a\",\"a\"]",
      "{}",
      "{ }",
      "{\"a\":1}",
      "{\"\":1}",
      "{ \"a\" : 1 , \"b\" : [ ] }",
      "{\"a\":{\"a\":{}}}",
      "{\"a\":\"}\",\"b\":\"]\"}",
      "{\"\\u0061\":1,\"A\":2}",
      "[{\"a\":1},{\"a\":1}]",
      "{\"id\":\"x\",\"value\":1}",
      "[1,[2,[3,[4,{\"a\":[5]}]]]]"};
  return kTexts;
}

const char kGoodRecord[] = R"({"id":"good","value":1})";

// Places of a record where a value can stand, as text before and behind it.
struct Surroundings {
  const char* name;
  std::string before;
  std::string behind;
};

const std::vector<Surroundings>& Places() {
  static const std::vector<Surroundings> kPlaces{
      {"the value", R"({"id":"a","value":)", "}"},
      {"the value, first", R"({"value":)", R"(,"id":"a"})"},
      {"within the value", R"({"id":"a","value":{"x":[0,{"y":)", "}]}}"},
      {"an unknown field", R"({"id":"a","value":1,"unknown":)", "}"},
      {"within an unknown field", R"({"unknown":[)", R"(],"id":"a","value":1})"},
      {"a field of another type", R"({"value":1,"time":[)", "]}"},
      {"an element that is no object", R"([)", "]"},
      {"too deep", R"({"id":"a","value":)" + std::string(130, '['), std::string(130, ']') + "}"},
      {"too deep, in an object", R"({"id":"a","value":)" + std::string(130, '[') + "{\"x\":",
       "}" + std::string(130, ']') + "}"},
  };
  return kPlaces;
}

// Some pieces are an end of what surrounds them, and then a whole again.
bool IsEmptyElement(const std::string& text) {
  return text.find_first_not_of(' ') == std::string::npos;
}

TEST(JsonCorpus, WhatIsNotJsonRefusesAnArrayWhereverItStands) {
  for (const Surroundings& place : Places()) {
    for (const std::string& text : NotJson()) {
      if (IsEmptyElement(text) && place.before.back() == '[') continue;
      const std::string record = place.before + text + place.behind;
      for (const std::string& body :
           {"[" + std::string(kGoodRecord) + "," + record + "," + kGoodRecord + "]",
            "[" + record + "]"}) {
        const Decoded decoded = Decoding{}(body);
        EXPECT_EQ(decoded.FaultCode(), "malformed_json") << place.name << ": " << text;
        EXPECT_EQ(decoded.Records(), 0U);
      }
    }
  }
}

TEST(JsonCorpus, WhatIsNotJsonIsOneInvalidLineWhereverItStands) {
  Decoding decoding;
  decoding.format = BodyFormat::kNdjson;
  for (const Surroundings& place : Places()) {
    for (const std::string& text : NotJson()) {
      if (IsEmptyElement(text) && place.before.back() == '[') continue;
      if (text.find('\n') != std::string::npos) continue;
      const std::string record = place.before + text + place.behind;
      const Decoded decoded =
          decoding(std::string(kGoodRecord) + "\n" + record + "\n" + kGoodRecord);
      ASSERT_EQ(decoded.Records(), 3U) << place.name << ": " << text;
      EXPECT_EQ(decoded.Of(0), "valid");
      EXPECT_EQ(decoded.Of(1), "malformed_json") << place.name << ": " << text;
      EXPECT_EQ(decoded.Of(2), "valid") << place.name << ": " << text;
    }
  }
}

TEST(JsonCorpus, WhatIsNotJsonIsNoBodyAndHasNoFingerprint) {
  for (const std::string& text : NotJson()) {
    EXPECT_EQ(Decoding{}(text).FaultCode(), IsEmptyElement(text) ? "empty_body" : "malformed_json")
        << text;
    if (text.empty()) continue;  // The value of a delete.
    EXPECT_TRUE(FingerprintOf(Operation::kUpsert, "k", {}, text).IsNone()) << text;
  }
}

TEST(JsonCorpus, WhatIsJsonPassesAsItIs) {
  for (const std::string& text : Json()) {
    for (const std::string space : {"", " ", "\n", "\r\n\t "}) {
      const Decoded decoded =
          Decoding{}(R"([{"id":"a","value":)" + space + text + space + "}," + kGoodRecord + "]");
      ASSERT_EQ(decoded.Events(), 2U) << text;
      EXPECT_EQ(decoded.batch->events[0].value, text);
      EXPECT_EQ(decoded.batch->events[0].fingerprint,
                FingerprintOf(Operation::kUpsert, "a", {}, text));
    }
  }
}

TEST(JsonCorpus, WhatIsJsonBreaksNothingWhereItDoesNotBelong) {
  for (const Surroundings& place : Places()) {
    for (const std::string& text : Json()) {
      const std::string record = place.before + text + place.behind;
      const Decoded decoded = Decoding{}("[" + record + "," + kGoodRecord + "]");
      ASSERT_EQ(decoded.FaultCode(), "no fault") << place.name << ": " << text;
      EXPECT_EQ(decoded.Of(1), "valid") << place.name << ": " << text;
    }
  }
}

TEST(JsonCorpus, EveryPrefixOfADocumentIsRefused) {
  const std::string document =
      R"([{"id":"a","value":{"a":[1.5e3,true,false,null,"x\u0041\n"],"b":{}}}, {"id":"b","value":""}])";
  ASSERT_EQ(Decoding{}(document).Events(), 2U);
  for (std::size_t size = 1; size < document.size(); ++size) {
    EXPECT_EQ(Decoding{}(document.substr(0, size)).FaultCode(), "malformed_json") << size;
  }
}

}  // namespace
}  // namespace oncegate
