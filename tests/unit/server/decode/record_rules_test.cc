#include "server/decode/record_rules.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/server/decode/decoding.h"

namespace oncegate {
namespace {

std::string Window(const std::string& more) {
  return R"({"producer":"p","seq":7,"value":1)" + (more.empty() ? "" : "," + more) + "}";
}

std::string JudgeWindow(const std::string& more) {
  return Judge(DedupeMode::kWindow, Window(more));
}

TEST(RecordRules, EveryFieldArrivesInTheEvent) {
  const Decoded decoded = Decoding{DedupeMode::kMonotonic}(
      R"({"producer":"pos-17","epoch":3,"seq":1046,"id":"i","key":"k","op":"upsert","version":9,)"
      R"("after":1045,"time":"2026-01-31T12:00:00.5Z","value": {"a": 1e400} })");
  ASSERT_EQ(decoded.Events(), 1U) << decoded.Of(0);
  const Event& event = decoded.batch->events[0];
  EXPECT_EQ(event.producer, "pos-17");
  EXPECT_EQ(event.epoch.value, 3);
  EXPECT_EQ(event.sequence->value, 1046);
  EXPECT_EQ(event.id, "i");
  EXPECT_EQ(event.key, "k");
  EXPECT_EQ(event.operation, Operation::kUpsert);
  EXPECT_EQ(*event.version, (Version{0, 9}));
  EXPECT_EQ(*event.after, 1045);
  EXPECT_EQ(ToRfc3339(*event.event_time), "2026-01-31T12:00:00.5Z");
  EXPECT_EQ(event.value, R"({"a": 1e400})");
  EXPECT_EQ(event.index, 0U);
  EXPECT_FALSE(event.fingerprint.IsNone());
}

TEST(RecordRules, WhatIsLeftOutHasItsDefault) {
  const Decoded decoded = Decoding{DedupeMode::kWindow}(R"({"producer":"p","seq":7,"value":null})");
  ASSERT_EQ(decoded.Events(), 1U);
  const Event& event = decoded.batch->events[0];
  EXPECT_EQ(event.epoch.value, 0);
  EXPECT_EQ(event.id, "");
  EXPECT_EQ(event.key, "p/0/7");
  EXPECT_EQ(event.operation, Operation::kUpsert);
  EXPECT_FALSE(event.version || event.after || event.event_time);
  EXPECT_EQ(event.value, "null");
}

TEST(RecordRules, EachModeRequiresItsIdentity) {
  for (const auto mode : {DedupeMode::kWindow, DedupeMode::kStrict, DedupeMode::kMonotonic}) {
    EXPECT_EQ(Judge(mode, R"({"seq":1,"value":1})"), "missing_field /producer");
    EXPECT_EQ(Judge(mode, R"({"producer":"p","value":1})"), "missing_field /seq");
    EXPECT_EQ(Judge(mode, R"({"producer":"p","seq":1,"value":1})"), "valid");
  }
  EXPECT_EQ(Judge(DedupeMode::kId, R"({"producer":"p","seq":1,"value":1})"), "missing_field /id");
  EXPECT_EQ(Judge(DedupeMode::kId, R"({"id":"a","value":1})"), "valid");
  EXPECT_EQ(Judge(DedupeMode::kVersion, R"({"id":"a","version":1,"value":1})"),
            "missing_field /key");
  EXPECT_EQ(Judge(DedupeMode::kVersion, R"({"key":"a","value":1})"), "missing_field /version");
  EXPECT_EQ(Judge(DedupeMode::kVersion, R"({"key":"a","version":1,"value":1})"), "valid");
}

TEST(RecordRules, TheDefaultKeyIsTheIdElseProducerEpochAndSequence) {
  const auto key = [](DedupeMode mode, const char* record) {
    const Decoded decoded = Decoding{mode}(record);
    return decoded.Events() == 1 ? std::string(decoded.batch->events[0].key) : decoded.Of(0);
  };
  EXPECT_EQ(key(DedupeMode::kId, R"({"id":"a","producer":"p","seq":1,"value":1})"), "a");
  EXPECT_EQ(key(DedupeMode::kWindow, R"({"id":"a","producer":"p","seq":1,"value":1})"), "a");
  EXPECT_EQ(key(DedupeMode::kStrict, R"({"producer":"p","epoch":2,"seq":3,"value":1})"), "p/2/3");
  EXPECT_EQ(key(DedupeMode::kOff, R"({"producer":"p","seq":3,"value":1})"), "p/0/3");
  EXPECT_EQ(key(DedupeMode::kOff, R"({"producer":"p","value":1})"), "missing_field /key");
  EXPECT_EQ(key(DedupeMode::kOff, R"({"seq":3,"value":1})"), "missing_field /key");
  EXPECT_EQ(key(DedupeMode::kOff, R"({"key":"k","value":1})"), "k");
}

TEST(RecordRules, ADefaultKeyIsToldFromTheRecordsOwn) {
  const Decoded decoded = Decoding{DedupeMode::kWindow}(
      R"([{"producer":"p","seq":1,"value":1},{"producer":"p","seq":2,"key":"p/0/2","value":1}])");
  ASSERT_EQ(decoded.Events(), 2U);
  EXPECT_TRUE(decoded.batch->events[0].key_is_default);
  EXPECT_FALSE(decoded.batch->events[1].key_is_default);
}

TEST(RecordRules, DefaultKeysOfManyRecordsStayApart) {
  std::string body = "[";
  for (int i = 0; i < 3000; ++i) {
    body += (i == 0 ? "" : ",") + std::string(R"({"producer":"p)") + std::to_string(i) +
            R"(","seq":)" + std::to_string(i) + R"(,"value":1})";
  }
  const Decoded decoded = Decoding{DedupeMode::kWindow}(body + "]");
  ASSERT_EQ(decoded.Events(), 3000U);
  for (int i = 0; i < 3000; ++i) {
    const std::string number = std::to_string(i);
    EXPECT_EQ(decoded.batch->events[static_cast<std::size_t>(i)].key,
              "p" + number + "/0/" + number);
  }
}

TEST(RecordRules, AnUpsertNeedsAValueAndADeleteRefusesOne) {
  EXPECT_EQ(Judge(DedupeMode::kId, R"({"id":"a"})"), "missing_field /value");
  EXPECT_EQ(Judge(DedupeMode::kId, R"({"id":"a","key":"k","op":"delete"})"), "valid");
  EXPECT_EQ(Judge(DedupeMode::kId, R"({"id":"a","op":"delete"})"), "missing_field /key");
  for (const char* value : {"1", "null", "{}"}) {
    EXPECT_EQ(Judge(DedupeMode::kId,
                    std::string(R"({"id":"a","key":"k","op":"delete","value":)") + value + "}"),
              "field_not_allowed /value");
  }
}

TEST(RecordRules, ADeleteCarriesAnEmptyValue) {
  const Decoded decoded = Decoding{DedupeMode::kId}(R"({"id":"a","key":"k","op":"delete"})");
  ASSERT_EQ(decoded.Events(), 1U);
  EXPECT_EQ(decoded.batch->events[0].operation, Operation::kDelete);
  EXPECT_EQ(decoded.batch->events[0].value, "");
  EXPECT_EQ(decoded.batch->events[0].fingerprint,
            FingerprintOf(Operation::kDelete, "k", std::nullopt, ""));
}

TEST(RecordRules, AfterIsForMonotonicStreamsAndBelowTheSequence) {
  EXPECT_EQ(JudgeWindow(R"("after":6)"), "field_not_allowed /after");
  EXPECT_EQ(Judge(DedupeMode::kStrict, Window(R"("after":6)")), "field_not_allowed /after");
  EXPECT_EQ(Judge(DedupeMode::kMonotonic, Window(R"("after":6)")), "valid");
  EXPECT_EQ(Judge(DedupeMode::kMonotonic, Window(R"("after":-1)")), "valid");
  EXPECT_EQ(Judge(DedupeMode::kMonotonic, Window(R"("after":7)")), "out_of_range /after");
  EXPECT_EQ(Judge(DedupeMode::kMonotonic, Window(R"("after":8)")), "out_of_range /after");
  EXPECT_EQ(Judge(DedupeMode::kMonotonic, Window(R"("after":-2)")), "out_of_range /after");
  EXPECT_EQ(Judge(DedupeMode::kMonotonic, Window(R"("after":null)")), "wrong_type /after");
}

TEST(RecordRules, IntegersAreWrittenAsIntegers) {
  for (const char* field : {"epoch", "seq", "version"}) {
    const auto judge = [&](const char* value) {
      std::string record = R"({"producer":"p","value":1,)";
      if (std::string(field) != "seq") record += R"("seq":1,)";
      return Judge(DedupeMode::kWindow, record + '"' + field + R"(":)" + value + "}");
    };
    const std::string pointer = std::string(" /") + field;
    for (const char* value : {"0", "1", "9223372036854775807", "  5  "}) {
      EXPECT_EQ(judge(value), "valid") << field << " " << value;
    }
    for (const char* value : {"1.0", "1e3", "1E0", "-0", "0.0", "1e400", "\"1\"", "true", "null",
                              "[]", "{}", "[1]", "\"\""}) {
      EXPECT_EQ(judge(value), "wrong_type" + pointer) << field << " " << value;
    }
    for (const char* value : {"-1", "9223372036854775808", "18446744073709551616",
                              "-9223372036854775809", "1234567890123456789012345678901234567890"}) {
      EXPECT_EQ(judge(value), "out_of_range" + pointer) << field << " " << value;
    }
  }
}

TEST(RecordRules, NullIsNoValueForAnOptionalField) {
  for (const char* field :
       {"producer", "epoch", "seq", "id", "key", "op", "version", "after", "time"}) {
    EXPECT_EQ(Judge(DedupeMode::kOff, std::string("{\"") + field + "\":null" +
                                          (std::string(field) == "key" ? "" : R"(,"key":"k")") +
                                          R"(,"value":1})"),
              std::string("wrong_type /") + field);
  }
}

TEST(RecordRules, StringsAreStrings) {
  for (const char* field : {"producer", "id", "key", "op", "time"}) {
    for (const char* value : {"1", "true", "[]", "{}", "[\"a\"]"}) {
      std::string record = std::string("{\"") + field + "\":" + value;
      if (std::string(field) != "key") record += R"(,"key":"k")";
      EXPECT_EQ(Judge(DedupeMode::kOff, record + R"(,"value":1})"),
                std::string("wrong_type /") + field);
    }
  }
}

TEST(RecordRules, LengthsAreCountedInBytesAfterUnescaping) {
  const auto judge = [](const char* field, const std::string& text) {
    std::string record = std::string("{\"") + field + "\":\"" + text + "\"";
    if (std::string(field) != "key") record += R"(,"key":"k")";
    return Judge(DedupeMode::kOff, record + R"(,"value":1})");
  };
  const auto repeated = [](const char* text, int count) {
    std::string all;
    for (int i = 0; i < count; ++i) all += text;
    return all;
  };
  for (const char* field : {"producer", "id"}) {
    const std::string pointer = std::string(" /") + field;
    EXPECT_EQ(judge(field, ""), "empty_value" + pointer);
    EXPECT_EQ(judge(field, repeated("x", 255)), "valid");
    EXPECT_EQ(judge(field, repeated("x", 256)), "too_long" + pointer);
    EXPECT_EQ(judge(field, repeated("\\u0041", 255)), "valid");
    EXPECT_EQ(judge(field, repeated("\\u0041", 256)), "too_long" + pointer);
    EXPECT_EQ(judge(field, repeated("ä", 127)), "valid");
    EXPECT_EQ(judge(field, repeated("ä", 128)), "too_long" + pointer);
    EXPECT_EQ(judge(field, repeated("\\u00e4", 128)), "too_long" + pointer);
  }
  EXPECT_EQ(judge("key", ""), "empty_value /key");
  EXPECT_EQ(judge("key", repeated("x", 1024)), "valid");
  EXPECT_EQ(judge("key", repeated("x", 1025)), "too_long /key");
  EXPECT_EQ(judge("key", repeated("\\n", 1024)), "valid");
}

TEST(RecordRules, ProducerAndIdHoldNoControlCharacters) {
  for (const char* field : {"producer", "id"}) {
    const auto judge = [&](const char* text) {
      return Judge(DedupeMode::kOff,
                   std::string(R"({"key":"k","value":1,")") + field + "\":\"" + text + "\"}");
    };
    const std::string refused = std::string("control_character /") + field;
    for (const char* text : {"a\\nb", "\\u0001", "\\u001f", "\\u007f", "\x7F", "\\u0080", "\\u009f",
                             "\xC2\x80", "\xC2\x9F"}) {
      EXPECT_EQ(judge(text), refused) << text;
    }
    for (const char* text : {" ", "\\u00a0", "\xC2\xA0", "a/b", "\\ud83d\\ude00", "😀", "~"}) {
      EXPECT_EQ(judge(text), "valid") << text;
    }
    EXPECT_EQ(judge("\\u0000"), std::string("nul_character /") + field);
  }
  EXPECT_EQ(Judge(DedupeMode::kOff, R"({"key":"a\nb\u007f","value":1})"), "valid");
  EXPECT_EQ(Judge(DedupeMode::kOff, R"({"key":"a\u0000","value":1})"), "nul_character /key");
}

TEST(RecordRules, AnOperationIsUpsertOrDelete) {
  EXPECT_EQ(JudgeWindow(R"("op":"upsert")"), "valid");
  EXPECT_EQ(JudgeWindow(R"("op":"up\u0073ert")"), "valid");
  for (const char* op : {"", "insert", "Upsert", "delete "}) {
    EXPECT_EQ(JudgeWindow(std::string("\"op\":\"") + op + "\""), "out_of_range /op");
  }
}

TEST(RecordRules, ATimeIsRfc3339) {
  EXPECT_EQ(JudgeWindow(R"("time":"2026-01-31T12:00:00Z")"), "valid");
  EXPECT_EQ(JudgeWindow(R"("time":"2026-02-30T12:00:00Z")"), "invalid_time /time");
  EXPECT_EQ(JudgeWindow(R"("time":"")"), "invalid_time /time");
  EXPECT_EQ(JudgeWindow(R"("time":1767225600)"), "wrong_type /time");
}

TEST(RecordRules, AnUnknownFieldIsNamed) {
  const Decoded decoded = Decoding{DedupeMode::kWindow}(R"({"producer":"p","seq":1,"vaule":1})");
  EXPECT_EQ(decoded.Of(0), "unknown_field /vaule");
  EXPECT_EQ(decoded.Detail(0), "unknown field \"vaule\"");
  EXPECT_EQ(decoded.Events(), 0U);
}

TEST(RecordRules, FieldNamesAreExactAndMayBeEscaped) {
  EXPECT_EQ(JudgeWindow(R"("Key":"k")"), "unknown_field /Key");
  EXPECT_EQ(JudgeWindow(R"("":1)"), "unknown_field /");
  EXPECT_EQ(JudgeWindow(R"("a/b~c":1)"), "unknown_field /a~1b~0c");
  EXPECT_EQ(JudgeWindow(R"("\u006bey":"k")"), "valid");
  EXPECT_EQ(JudgeWindow(R"("\u006bey":"k","key":"k")"), "duplicate_member /key");
}

TEST(RecordRules, OneProblemIsToldInAFixedOrder) {
  // JSON before unknown fields before types before missing fields, wherever they stand.
  EXPECT_EQ(Judge(DedupeMode::kWindow, R"({"vaule":1,"seq":"1","value":{"a":1,"a":2}})"),
            "duplicate_member /value/a");
  EXPECT_EQ(Judge(DedupeMode::kWindow, R"({"seq":"1","vaule":1})"), "unknown_field /vaule");
  EXPECT_EQ(Judge(DedupeMode::kWindow, R"({"seq":"1","value":1})"), "wrong_type /seq");
  EXPECT_EQ(Judge(DedupeMode::kWindow, R"({"seq":-1,"epoch":"x"})"), "wrong_type /epoch");
  EXPECT_EQ(Judge(DedupeMode::kWindow, R"({"seq":1,"after":0})"), "field_not_allowed /after");
}

TEST(RecordRules, HeadersFillInWhatARecordLeavesOut) {
  RecordDefaults defaults;
  defaults.producer = "header";
  defaults.epoch = 4;
  defaults.first_sequence = 100;
  const Decoded decoded = Decoding{DedupeMode::kWindow, BodyFormat::kJson, defaults}(
      R"([{"value":1},{"producer":"own","epoch":0,"value":2},{"seq":7,"value":3},{"value":4}])");
  ASSERT_EQ(decoded.Events(), 4U);
  const auto& events = decoded.batch->events;
  EXPECT_EQ(events[0].key, "header/4/100");
  EXPECT_EQ(events[1].key, "own/0/101");
  EXPECT_EQ(events[2].key, "header/4/7");
  EXPECT_EQ(events[3].key, "header/4/103");
  EXPECT_EQ(events[3].producer, "header");
}

TEST(RecordRules, DefaultsLiveInTheMemoryOfTheBatch) {
  std::unique_ptr<Batch> batch;
  {
    RecordDefaults defaults;
    defaults.producer = std::string(100, 'p');
    defaults.first_sequence = 0;
    batch =
        Decoding{DedupeMode::kWindow, BodyFormat::kJson, defaults}(R"([{"value":1},{"value":2}])")
            .batch;
  }
  ASSERT_EQ(batch->events.size(), 2U);
  EXPECT_EQ(batch->events[0].producer, std::string(100, 'p'));
  EXPECT_EQ(batch->events[0].producer.data(), batch->events[1].producer.data());
}

TEST(RecordRules, AHeaderSequenceBeyondTheRangeRefusesTheRecord) {
  RecordDefaults defaults;
  defaults.producer = "p";
  defaults.first_sequence = 9223372036854775806;
  const Decoded decoded = Decoding{DedupeMode::kWindow, BodyFormat::kJson, defaults}(
      R"([{"value":1},{"value":2},{"value":3},{"seq":5,"value":4}])");
  EXPECT_EQ(decoded.Of(0), "valid");
  EXPECT_EQ(decoded.Of(1), "valid");
  EXPECT_EQ(decoded.Of(2), "out_of_range /seq");
  EXPECT_EQ(decoded.Of(3), "valid");
  EXPECT_EQ(decoded.batch->events[1].sequence->value, 9223372036854775807);
}

TEST(RecordRules, AnIdempotencyKeyIsTheIdOfOneRecord) {
  RecordDefaults defaults;
  defaults.id = "header";
  const Decoding decode{DedupeMode::kId, BodyFormat::kJson, defaults};
  const Decoded one = decode(R"({"value":1})");
  ASSERT_EQ(one.Events(), 1U);
  EXPECT_EQ(one.batch->events[0].id, "header");
  EXPECT_EQ(one.batch->events[0].key, "header");
  EXPECT_EQ(decode(R"([{"id":"own","value":1}])").batch->events[0].id, "own");
  EXPECT_EQ(decode("[]").FaultCode(), "no fault");
  const Decoded two = decode(R"([{"value":1},{"id":"own","value":1}])");
  EXPECT_EQ(two.FaultCode(), "idempotency_key_with_several_records");
  EXPECT_EQ(two.fault->status, 400);
  EXPECT_EQ(two.Records(), 0U);
}

TEST(RecordRules, AnIdempotencyKeyMeansNothingOutsideIdStreams) {
  RecordDefaults defaults;
  defaults.id = "header";
  const Decoded decoded = Decoding{DedupeMode::kWindow, BodyFormat::kJson, defaults}(
      R"([{"producer":"p","seq":1,"value":1},{"producer":"p","seq":2,"value":1}])");
  ASSERT_EQ(decoded.Events(), 2U);
  EXPECT_EQ(decoded.batch->events[0].id, "");
}

TEST(RecordRules, AHeaderThatNoFieldCouldHoldRefusesTheRequest) {
  const auto fault = [](RecordDefaults defaults) {
    return Decoding{DedupeMode::kId, BodyFormat::kJson,
                    std::move(defaults)}(R"({"id":"a","value":1})")
        .FaultCode();
  };
  RecordDefaults defaults;
  for (const std::string& text : {std::string(), std::string(256, 'x'), std::string("a\tb"),
                                  std::string("\xFF"), std::string("a\0b", 3)}) {
    defaults = {};
    defaults.producer = text;
    EXPECT_EQ(fault(defaults), "invalid_header");
    defaults = {};
    defaults.id = text;
    EXPECT_EQ(fault(defaults), "invalid_header");
  }
  defaults = {};
  defaults.epoch = -1;
  EXPECT_EQ(fault(defaults), "invalid_header");
  defaults = {};
  defaults.first_sequence = -1;
  EXPECT_EQ(fault(defaults), "invalid_header");
}

}  // namespace
}  // namespace oncegate
