// Bad records: each is invalid by itself, with its code and the place, on every sink alike.
#include "tests/e2e/service_test.h"

namespace oncegate::e2e {
namespace {

using ::testing::SizeIs;

struct BadRecord {
  std::string record;
  std::string code;
  std::string pointer;
};

std::string Repeat(const std::string& text, int count) {
  std::string repeated;
  for (int i = 0; i < count; ++i) repeated += text;
  return repeated;
}

/// A good window record but for one more or other member.
BadRecord With(const std::string& name, const std::string& value, const std::string& code) {
  std::string record = "{";
  for (const auto& [member, text] : std::vector<std::pair<std::string, std::string>>{
           {"producer", "\"p\""}, {"seq", "1"}, {"value", "1"}}) {
    if (member != name) record += "\"" + member + "\":" + text + ",";
  }
  return {record + "\"" + name + "\":" + value + "}", code, "/" + name};
}

BadRecord WithValue(const std::string& value, const std::string& code, const std::string& place) {
  BadRecord bad = With("value", value, code);
  bad.pointer += place;
  return bad;
}

std::vector<BadRecord> BadFields() {
  return {
      With("producer", R"("")", "empty_value"),
      With("producer", "\"" + std::string(256, 'p') + "\"", "too_long"),
      With("producer", R"("a\u0001")", "control_character"),
      With("producer", R"("a\nb")", "control_character"),
      With("producer", R"("a\u0000")", "nul_character"),
      With("producer", R"("\uDC00")", "lone_surrogate"),
      With("producer", "17", "wrong_type"),
      With("producer", "null", "wrong_type"),
      With("epoch", "-1", "out_of_range"),
      With("epoch", "1.0", "wrong_type"),
      With("epoch", "1e3", "wrong_type"),
      With("epoch", R"("1")", "wrong_type"),
      With("epoch", "9223372036854775808", "out_of_range"),
      With("seq", "-1", "out_of_range"),
      With("seq", "1.0", "wrong_type"),
      With("seq", R"("1")", "wrong_type"),
      With("seq", "null", "wrong_type"),
      With("seq", "true", "wrong_type"),
      With("seq", "[1]", "wrong_type"),
      With("seq", "9223372036854775808", "out_of_range"),
      With("seq", "18446744073709551616", "out_of_range"),
      With("id", R"("")", "empty_value"),
      With("id", "\"" + std::string(256, 'i') + "\"", "too_long"),
      With("id", R"("\u001f")", "control_character"),
      With("id", "1", "wrong_type"),
      With("key", R"("")", "empty_value"),
      With("key", "\"" + std::string(1025, 'k') + "\"", "too_long"),
      With("key", R"("a\u0000b")", "nul_character"),
      With("key", "1", "wrong_type"),
      With("op", R"("insert")", "out_of_range"),
      With("op", R"("UPSERT")", "out_of_range"),
      With("op", "null", "wrong_type"),
      With("version", "-1", "out_of_range"),
      With("version", "1.5", "wrong_type"),
      With("version", "9223372036854775808", "out_of_range"),
      With("after", "0", "field_not_allowed"),
      With("time", R"("yesterday")", "invalid_time"),
      With("time", R"("2026-01-31")", "invalid_time"),
      With("time", R"("2026-01-31T12:00:00")", "invalid_time"),
      With("time", R"("2026-02-30T12:00:00Z")", "invalid_time"),
      With("time", R"("0000-01-01T00:00:00Z")", "invalid_time"),
      With("time", R"("10000-01-01T00:00:00Z")", "invalid_time"),
      With("time", "1769860800", "wrong_type"),
      With("vaule", "1", "unknown_field"),
      With("Value", "1", "unknown_field"),
      {R"({"producer":"p","seq":1,"value":1,"a/b~c":1})", "unknown_field", "/a~1b~0c"},
      {R"({"producer":"p","seq":1})", "missing_field", "/value"},
      {R"({"producer":"p","value":1})", "missing_field", "/seq"},
      {R"({"seq":1,"value":1})", "missing_field", "/producer"},
      {R"({"producer":"p","seq":1,"op":"delete"})", "missing_field", "/key"},
      {R"({"producer":"p","seq":1,"op":"delete","key":"k","value":1})", "field_not_allowed",
       "/value"},
      {R"({"producer":"p","seq":1,"op":"delete","key":"k","value":null})", "field_not_allowed",
       "/value"},
      {"{}", "missing_field", "/producer"},
  };
}

std::vector<BadRecord> BadJson() {
  return {
      {R"({"producer":"p","seq":1,"value":1,"seq":1})", "duplicate_member", "/seq"},
      {R"({"producer":"p","seq":1,"value":1,"v\u0061lue":2})", "duplicate_member", "/value"},
      WithValue(R"({"a":{"b":1,"b":1}})", "duplicate_member", "/a/b"),
      WithValue(R"([{"a":1,"\u0061":2}])", "duplicate_member", "/0/a"),
      WithValue(R"({"x":["\uD800"]})", "lone_surrogate", "/x/0"),
      WithValue(R"("\uDE00\uD83D")", "lone_surrogate", ""),
      WithValue(R"({"\uD800":1})", "lone_surrogate", ""),
      WithValue(R"({"x":"a\u0000b"})", "nul_character", "/x"),
      WithValue(R"("\u0000")", "nul_character", ""),
      {"17", "not_an_object", ""},
      {"null", "not_an_object", ""},
      {"\"text\"", "not_an_object", ""},
      {"[]", "not_an_object", ""},
      {R"([{"producer":"p","seq":1,"value":1}])", "not_an_object", ""},
  };
}

class BadInput : public ContractTest {
 protected:
  /// All of them in one request, with a good record before, between and after each.
  void ExpectInvalid(const std::vector<BadRecord>& bad) {
    std::vector<std::string> records;
    std::int64_t sequence = 100;
    for (const BadRecord& each : bad) {
      records.push_back(Record("good", sequence++, "1"));
      records.push_back(each.record);
    }
    const Answer answer = Post(Name(), Array(records), kAll);
    const auto count = static_cast<std::int64_t>(bad.size());
    ASSERT_THAT(answer, Settles(207, {{"applied", count}, {"invalid", count}}));
    for (std::size_t i = 0; i < bad.size(); ++i) {
      const auto item = answer.Items().at(2 * i + 1);
      EXPECT_EQ(Text(item, "verdict"), "\"invalid\"") << bad[i].record;
      EXPECT_EQ(Text(item, "code"), "\"" + bad[i].code + "\"") << bad[i].record;
      // Of a member with a broken name the place is that of the object around it.
      if (!bad[i].record.starts_with(R"({"producer":"p","seq":1,"value":{"\uD800")")) {
        EXPECT_EQ(Text(item, "pointer"), "\"" + bad[i].pointer + "\"") << bad[i].record;
      }
    }
    EXPECT_THAT(sink().Rows(Name()), SizeIs(bad.size()));
    EXPECT_EQ(service().Producer(Name(), "p").status, 404);
  }
};
ONCEGATE_ON_BOTH_SINKS(BadInput);

TEST_P(BadInput, FieldsOfTheWrongKindAreNamed) { ExpectInvalid(BadFields()); }

TEST_P(BadInput, JsonThatMeansNothingDefiniteIsInvalid) { ExpectInvalid(BadJson()); }

TEST_P(BadInput, NestingIsBounded) {
  ExpectInvalid({WithValue(Repeat("[", 129) + Repeat("]", 129), "too_deep", Repeat("/0", 128))});
}

TEST_P(BadInput, NestingUpToTheBoundIsTaken) {
  EXPECT_THAT(Post(Name(), Record("p", 1, Repeat("[", 128) + Repeat("]", 128))),
              Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Post(Name(), Record("p", 2, Repeat("{\"a\":", 127) + "{}" + Repeat("}", 127))),
              Settles(200, {{"applied", 1}}));
}

TEST_P(BadInput, ADepthBombIsOneInvalidRecord) {
  const std::string bomb = Repeat("[", 1'000'000);
  EXPECT_EQ(Post(Name(), bomb).status, 400);
  const Answer answer = Post(Name(), Record("p", 1, bomb + Repeat("]", 1'000'000)));
  EXPECT_THAT(answer, Settles(422, {{"invalid", 1}}));
  EXPECT_EQ(Text(answer.Items().at(0), "code"), "\"too_deep\"");
  EXPECT_THAT(Post(Name(), bomb + "\n" + Record("p", 1, "1"), kNdjson),
              Settles(207, {{"applied", 1}, {"invalid", 1}}));
}

TEST_P(BadInput, InAnArrayBrokenUtf8Is400InLinesOneRecord) {
  for (const char* broken : {"\xFF", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC3"}) {
    const std::string record = Record("p", 1, "\"" + std::string(broken) + "\"");
    EXPECT_THAT(Post(Name(), Array({record})), IsProblem(400, "invalid_utf8"));
    const Answer answer = Post(Name(), record, kNdjson);
    EXPECT_THAT(answer, Settles(422, {{"invalid", 1}}));
    EXPECT_EQ(Text(answer.Items().at(0), "code"), "\"invalid_utf8\"");
  }
  EXPECT_EQ(service().Producer(Name(), "p").status, 404);
}

TEST_P(BadInput, AStreamGetsItsTableOnlyWithItsFirstValidRecord) {
  const auto table_exists = [&] {
    try {
      sink().Rows(Name());
      return true;
    } catch (const std::runtime_error&) {
      return false;
    }
  };
  EXPECT_THAT(Post(Name(), R"({"vaule":1})"), Settles(422, {{"invalid", 1}}));
  EXPECT_THAT(Post(Name(), "[]"), Settles(200, {}));
  EXPECT_EQ(Post(Name(), "[").status, 400);
  EXPECT_FALSE(table_exists());
  EXPECT_THAT(Post(Name(), Record("p", 1, "1")), Settles(200, {{"applied", 1}}));
  EXPECT_TRUE(table_exists());
}

TEST_P(BadInput, ATableOfSomebodyElseIsNotTakenOver) {
  sink().Query("CREATE TABLE " + Name() + " (key text PRIMARY KEY, value text)");
  const Answer answer = Post(Name(), Record("p", 1, "1"));
  EXPECT_THAT(answer, Settles(422, {{"rejected", 1}}));
  EXPECT_THAT(answer, IsProblem(422, "rejected"));
  EXPECT_EQ(Text(answer.Items().at(0), "code"), "\"table_not_owned\"");
  EXPECT_EQ(sink().Count("SELECT count(*) FROM " + Name()), 0);
  sink().Query("DROP TABLE " + Name());
  EXPECT_THAT(Post(Name(), Record("p", 1, "1")), Settles(200, {{"applied", 1}}));
}

}  // namespace
}  // namespace oncegate::e2e
