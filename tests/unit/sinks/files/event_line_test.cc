#include "sinks/files/event_line.h"

#include "tests/unit/sinks/conformance/records.h"

namespace oncegate::files {
namespace {

using conformance::Delete;
using conformance::From;
using conformance::Record;
using conformance::Upsert;
using conformance::WithVersion;

constexpr WallTime kNow{1'769'860'800'123'456};

std::string LineOf(const Record& record) {
  std::string line;
  AppendEventLine(record.View(), kNow, &line);
  return line;
}

TEST(EventLine, HoldsAllThatTheEventCarriesInAFixedOrder) {
  Record record =
      WithVersion(From(Upsert("k", R"({"a":[1,1e400,0.10]})"), "pos-17", 3, 1045), Version{1, 0});
  record.id = "id-1";
  record.event_time = WallTime{1'700'000'000'000'001};
  EXPECT_EQ(LineOf(record),
            R"({"key":"k","op":"upsert","value":{"a":[1,1e400,0.10]},"producer":"pos-17",)"
            R"("epoch":3,"seq":1045,"id":"id-1","version":18446744073709551616,)"
            R"("event_time":"2023-11-14T22:13:20.000001Z",)"
            R"("applied_at":"2026-01-31T12:00:00.123456Z"})"
            "\n");
}

TEST(EventLine, SaysNullForWhatTheEventDoesNotCarry) {
  Record record = Upsert("default", "true");
  record.key_is_default = true;
  EXPECT_EQ(LineOf(record),
            R"({"key":null,"op":"upsert","value":true,"producer":null,"epoch":null,"seq":null,)"
            R"("id":null,"version":null,"event_time":null,)"
            R"("applied_at":"2026-01-31T12:00:00.123456Z"})"
            "\n");
}

TEST(EventLine, ADeleteHasNoValue) {
  const std::string line = LineOf(From(Delete("k"), "p", 0, 1));
  EXPECT_TRUE(line.starts_with(R"({"key":"k","op":"delete","value":null,"producer":"p",)")) << line;
}

TEST(EventLine, IsOneLineWhateverTheValueLooksLike) {
  const std::string line = LineOf(Upsert("k", "{\r\n  \"a\": \"x\\ny\"\n}"));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_NE(line.find("\"value\":{    \"a\": \"x\\ny\" },"), std::string::npos) << line;
}

TEST(EventLine, EscapesTextsAndKeepsTheirUnicode) {
  const std::string line = LineOf(Upsert("a\"b\\c\nd\x01 é😀", "1"));
  EXPECT_TRUE(line.starts_with(R"({"key":"a\"b\\c\u000ad\u0001 é😀",)")) << line;
}

}  // namespace
}  // namespace oncegate::files
