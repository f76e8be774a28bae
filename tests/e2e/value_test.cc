// Values keep their meaning exactly, from the request to the sink's table.
#include "tests/e2e/service_test.h"
#include "tests/support/canonical_json.h"

namespace oncegate::e2e {
namespace {

using ::testing::SizeIs;

std::string Repeat(const std::string& text, int count) {
  std::string repeated;
  for (int i = 0; i < count; ++i) repeated += text;
  return repeated;
}

class Values : public ContractTest {
 protected:
  /// Sends the value and reads it back.
  std::string Keep(const std::string& value) {
    EXPECT_THAT(Post(Name(), Record("p", next_, value)), Settles(200, {{"applied", 1}}))
        << value.substr(0, 100);
    const auto row = sink().Row(Name(), "p/0/" + std::to_string(next_++));
    return row && row->value ? row->value.value() : "absent";
  }
  void ExpectKept(const std::string& value) {
    EXPECT_EQ(test::CanonicalJson(Keep(value)), test::CanonicalJson(value));
  }

 private:
  std::int64_t next_ = 0;
};
ONCEGATE_ON_BOTH_SINKS(Values);

TEST_P(Values, NumbersAreKeptDigitByDigit) {
  for (const char* number :
       {"0", "-0.0", "1", "-1", "0.1", "18446744073709551616", "9223372036854775807",
        "-9223372036854775809", "1e400", "1E+2", "-2.50e-300", "1e-400",
        "123456789012345678901234567890", "0.1234567890123456789012345678901234567890",
        "3.141592653589793238462643383279502884197", "9007199254740993", "5e-324",
        "1.7976931348623157e309"}) {
    ExpectKept(number);
    ExpectKept("{\"n\":[" + std::string(number) + "]}");
  }
  ExpectKept(Repeat("9876543210", 100));
}

TEST_P(Values, ANumberThatTheSinkCanNotHoldIsInvalidByName) {
  const Answer answer = Post(
      Name(),
      Array({Record("p", 1, "1"), Record("p", 2, R"({"n":1e200000})"), Record("p", 3, "1")}), kAll);
  switch (GetParam()) {
    case SinkKind::kSqlite:
    case SinkKind::kMysql:
      EXPECT_THAT(answer, Settles(200, {{"applied", 3}}));
      break;
    case SinkKind::kPostgres:
      EXPECT_THAT(answer, Settles(207, {{"applied", 2}, {"invalid", 1}}));
      EXPECT_EQ(Text(answer.Items().at(1), "code"), "\"number_not_representable\"");
      EXPECT_THAT(sink().Rows(Name()), SizeIs(2));
      break;
  }
}

TEST_P(Values, AllOfUnicodeIsKept) {
  ExpectKept("\"emoji \xF0\x9F\x98\x80, escaped \\uD83D\\uDE00, \\u00e4, \xEF\xBF\xBF, \\uFFFE\"");
  ExpectKept(R"("quote \" slash \/ backslash \\ \b\f\n\r\t \u0001 \u001f \u007f")");
  ExpectKept("{\"\xF0\x9F\x94\x91\":{\"\":\"empty name\",\"a/b\":1,\"~\":2,\" \":3}}");
  ExpectKept("\"\\u2028\\u2029\\u202e\\ufeff\"");
}

TEST_P(Values, ShapesAreKept) {
  for (const char* value : {"null", "true", "false", "\"\"", "[]", "{}", "[[],{},[null]]",
                            R"({"b":1,"a":{"d":[1,2,{"c":null}]}})", " [ 1 ,\t2 , \n3 ] "}) {
    ExpectKept(value);
  }
  ExpectKept(Repeat("[", 120) + Repeat("]", 120));
}

TEST_P(Values, ANullValueIsNotADelete) {
  EXPECT_EQ(Keep("null"), "null");
  EXPECT_FALSE(sink().Row(Name(), "p/0/0").value().deleted);
}

TEST_P(Values, ATenMegabyteStringIsKept) {
  const std::string value =
      "\"" + Repeat("0123456789 caf\xC3\xA9 \xF0\x9F\x98\x80 \\n\\u0041 ", 350'000) + "\"";
  ASSERT_GT(value.size(), 10'000'000U);
  ExpectKept(value);
  EXPECT_THAT(Post(Name(), Record("p", 0, value)), Settles(200, {{"duplicate", 1}}));
}

TEST_P(Values, WideAndLargeObjectsAreKept) {
  std::string members;
  for (int i = 0; i < 5000; ++i) {
    members += (i == 0 ? "\"m" : ",\"m") + std::to_string(i) + "\":" + std::to_string(i);
  }
  ExpectKept("{" + members + "}");
}

TEST_P(Values, KeysMayHoldAnythingButNul) {
  const std::string key = R"(\u0001 ' \" \\ % _ ; -- \t \u00e4 \uD83D\uDE00 )";
  EXPECT_THAT(Post(Name(), Record("p", 1, "1", R"("key":")" + key + "\"")),
              Settles(200, {{"applied", 1}}));
  EXPECT_TRUE(sink().Row(Name(), "\x01 ' \" \\ % _ ; -- \t \xC3\xA4 \xF0\x9F\x98\x80 "));
  EXPECT_THAT(Post(Name(), Record("p", 2, "1", R"("key":")" + Repeat("k", 1024) + "\"")),
              Settles(200, {{"applied", 1}}));
}

TEST_P(Values, TimesAreKeptToTheMicrosecond) {
  const std::vector<std::pair<std::string, std::string>> times{
      {"2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000000Z"},
      {"2026-01-31T12:00:00.123456+05:30", "2026-01-31T06:30:00.123456Z"},
      {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"},
      {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
      {"1969-12-31T23:59:59.5z", "1969-12-31T23:59:59.500000Z"}};
  int sequence = 0;
  for (const auto& [sent, kept] : times) {
    EXPECT_THAT(Post(Name(), Record("p", sequence, "1", R"("time":")" + sent + "\"")),
                Settles(200, {{"applied", 1}}))
        << sent;
    EXPECT_EQ(sink().Row(Name(), "p/0/" + std::to_string(sequence++)).value().event_time, kept);
  }
}

}  // namespace
}  // namespace oncegate::e2e
