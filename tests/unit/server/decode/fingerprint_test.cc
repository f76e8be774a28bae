#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "server/decode/decode.h"
#include "tests/unit/server/decode/decoding.h"

namespace oncegate {
namespace {

Fingerprint Of(std::string_view value) {
  return FingerprintOf(Operation::kUpsert, "k", std::nullopt, value);
}

TEST(Fingerprint, TheSameValueInAnotherSpellingIsTheSame) {
  const std::vector<std::vector<const char*>> kGroups{
      {R"({"a":1,"b":[1,2]})", R"( { "b" : [ 1 , 2 ] , "a" : 1 } )", "{\"a\":1,\n\"b\":[1,2]}",
       R"({"\u0061":1,"b":[1.0,2e0]})", R"({"b":[10e-1,0.2e1],"a":1.000})"},
      {"100", "1e2", "1E2", "100.0", "1.00e+2", "1000e-1"},
      {"0", "-0", "0.0", "-0e5", "0e400"},
      {"1e400", "10e399", "0.1e401"},
      {"1e99999999999999999999", "10e99999999999999999998"},
      {R"("a")", R"("\u0061")"},
      {R"("😀")", R"("\ud83d\ude00")", R"("\uD83D\uDE00")"},
      {R"("/")", R"("\/")", R"("\u002f")"},
      {R"("\n")", R"("\u000a")", R"("\u000A")"},
      {"{}", "{ }"},
      {"[]", "[\t]"},
      {R"({"x":{"p":1,"q":{"r":2,"s":3}},"y":[{"a":1,"b":2}]})",
       R"({"y":[{"b":2,"a":1}],"x":{"q":{"s":3,"r":2},"p":1}})"},
  };
  for (const auto& group : kGroups) {
    for (const char* spelling : group) {
      EXPECT_EQ(Of(spelling), Of(group.front())) << spelling << " " << group.front();
      EXPECT_FALSE(Of(spelling).IsNone()) << spelling;
    }
  }
}

TEST(Fingerprint, DifferentValuesDiffer) {
  std::vector<std::string> values{"null",
                                  "true",
                                  "false",
                                  "0",
                                  "1",
                                  "-1",
                                  "10",
                                  "100",
                                  "1e3",
                                  "0.1",
                                  "0.01",
                                  "-0.1",
                                  "1.5",
                                  "15",
                                  "9007199254740993",
                                  "9007199254740992",
                                  "18446744073709551616",
                                  "18446744073709551615",
                                  "0.1000000000000000055511151231257827",
                                  "1e400",
                                  "1e401",
                                  "-1e400",
                                  "1e-400",
                                  "1e99999999999999999999",
                                  "-1e99999999999999999999",
                                  "1e-99999999999999999999",
                                  "1e99999999999999999998",
                                  "2e99999999999999999999",
                                  R"("")",
                                  R"("0")",
                                  R"("1")",
                                  R"("null")",
                                  R"("true")",
                                  R"("a")",
                                  R"("A")",
                                  R"("a ")",
                                  R"("[]")",
                                  R"("{}")",
                                  R"("\u00e4")",
                                  R"("a\u0308")",
                                  "[]",
                                  "[[]]",
                                  "[[],[]]",
                                  "[[[]]]",
                                  "[{}]",
                                  "{}",
                                  R"({"":{}})",
                                  "[null]",
                                  "[0]",
                                  "[1]",
                                  "[1,2]",
                                  "[2,1]",
                                  "[[1,2]]",
                                  "[[1],2]",
                                  "[1,[2]]",
                                  "[12]",
                                  "[1,1]",
                                  "[1,1,1]",
                                  R"([1,"2"])",
                                  R"(["1",2])",
                                  R"(["a","b"])",
                                  R"(["ab"])",
                                  R"({"a":1})",
                                  R"({"a":"1"})",
                                  R"({"a":[1]})",
                                  R"({"a":{"1":1}})",
                                  R"({"b":1})",
                                  R"({"a":2})",
                                  R"({"a":1,"b":2})",
                                  R"({"a":2,"b":1})",
                                  R"({"a":{"b":1}})",
                                  R"({"b":{"a":1}})",
                                  R"({"a":1,"b":1})",
                                  R"({"a":null})",
                                  R"([{"a":1},{"b":1}])",
                                  R"([{"b":1},{"a":1}])",
                                  R"({"a":"b"})",
                                  R"({"b":"a"})",
                                  R"(["a",1])",
                                  R"([["a",1]])"};
  std::map<Fingerprint, std::string> seen;
  for (const std::string& value : values) {
    const auto [other, fresh] = seen.emplace(Of(value), value);
    EXPECT_TRUE(fresh) << value << " and " << other->second;
  }
}

TEST(Fingerprint, OperationKeyAndVersionCount) {
  std::map<Fingerprint, std::string> seen;
  int count = 0;
  for (const auto operation : {Operation::kUpsert, Operation::kDelete}) {
    for (const char* key : {"k", "K", "k "}) {
      for (const auto& version : std::vector<std::optional<Version>>{
               std::nullopt, Version{0, 0}, Version{0, 1}, Version{1, 0}}) {
        for (const char* value : {"", "null", "1"}) {
          seen.emplace(FingerprintOf(operation, key, version, value), value);
          ++count;
        }
      }
    }
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(count));
}

TEST(Fingerprint, IsThatOfTheDecodedEvent) {
  const Decoded decoded =
      Decoding{DedupeMode::kVersion}(R"({"key":"k","version":7,"value":{"b":1e1,"a":"\u0041"}})");
  ASSERT_EQ(decoded.Events(), 1U);
  EXPECT_EQ(decoded.batch->events[0].fingerprint,
            FingerprintOf(Operation::kUpsert, "k", Version{0, 7}, R"({"a":"A","b":10})"));
}

TEST(Fingerprint, DoesNotDependOnWhatElseARecordSays) {
  const auto fingerprint = [](const char* record) {
    return Decoding{DedupeMode::kWindow}(record).batch->events.at(0).fingerprint;
  };
  const Fingerprint plain = fingerprint(R"({"producer":"p","seq":1,"key":"k","value":1})");
  EXPECT_EQ(plain, fingerprint(R"({"value":1,"key":"k","seq":2,"epoch":9,"producer":"q"})"));
  EXPECT_EQ(plain, fingerprint(R"({"producer":"p","seq":1,"key":"k","value":1,"op":"upsert",)"
                               R"("time":"2026-01-31T12:00:00Z","id":"x"})"));
}

TEST(Fingerprint, HugeExponentsCostNothing) {
  EXPECT_NE(Of("1e1000000000"), Of("1e1000000001"));
  EXPECT_EQ(Of("[" + std::string("1") + std::string(1'000'000, '0') + "]"), Of("[1e1000000]"));
  EXPECT_EQ(Of("1e-" + std::string(1'000'000, '9')), Of("0.1e-" + std::string(999'999, '9') + "8"));
}

TEST(Fingerprint, WhatIsNotAcceptableHasNone) {
  for (const std::string& value :
       {std::string("tru"), std::string("1 2"), std::string("\"\xFF\""),
        std::string(R"({"a":1,"a":1})"), std::string(R"("\ud800")"), Nested(129)}) {
    EXPECT_TRUE(Of(value).IsNone()) << value;
  }
}

TEST(Fingerprint, ReadsNothingBehindItsText) {
  const std::string text = "12345";
  EXPECT_EQ(Of(std::string_view(text).substr(0, 3)), Of("123"));
  const std::string string_text = R"("abc"def")";
  EXPECT_EQ(Of(std::string_view(string_text).substr(0, 5)), Of(R"("abc")"));
}

}  // namespace
}  // namespace oncegate
