#include "server/config/render.h"

#include "tests/unit/server/config/config_testing.h"

namespace oncegate {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(RedactUrl, HidesThePasswordAndKeepsTheRest) {
  EXPECT_EQ(RedactUrl("postgresql://user:secret@127.0.0.1:5432/db"),
            "postgresql://user:***@127.0.0.1:5432/db");
  EXPECT_EQ(RedactUrl("postgresql://user@127.0.0.1:5432/db"),
            "postgresql://user@127.0.0.1:5432/db");
  EXPECT_EQ(RedactUrl("postgresql:///db?host=/run/postgresql"),
            "postgresql:///db?host=/run/postgresql");
}

TEST(RedactUrl, HidesEveryParameterThatMayBeASecret) {
  EXPECT_EQ(RedactUrl("postgresql://h/db?sslmode=require&password=secret&%70assword=secret"),
            "postgresql://h/db?sslmode=require&password=***&%70assword=***");
  EXPECT_EQ(RedactUrl("postgresql://h/db?sslpassword=secret"), "postgresql://h/db?sslpassword=***");
}

TEST(RedactUrl, PasswordsWithUnescapedPunctuationStayHidden) {
  for (const std::string_view password : {"se:cret", "se@cret", "se/cret", "se?cret", "se#cret"}) {
    const std::string url = "postgresql://user:" + std::string(password) + "@host/db";
    EXPECT_EQ(RedactUrl(url), "postgresql://user:***@host/db") << password;
  }
}

TEST(RedactUrl, AConnectionStringWithoutSchemeIsHiddenAltogether) {
  EXPECT_EQ(RedactUrl("host=h password=secret"), "***");
}

TEST(Render, SaysWhatIsInEffectWithoutSecrets) {
  const std::string json = RenderRedacted(LoadGood(R"(
[sinks.main]
type = "postgres"
url = "postgresql://user:hunter2@127.0.0.1:5432/db"
[streams.orders]
dedupe = "strict"
)"));
  EXPECT_THAT(json, Not(HasSubstr("hunter2")));
  EXPECT_THAT(json, HasSubstr("postgresql://user:***@127.0.0.1:5432/db"));
  EXPECT_THAT(json, HasSubstr(R"("dedupe":"strict")"));
  EXPECT_THAT(json, HasSubstr(R"("table":"orders")"));
  EXPECT_THAT(json, HasSubstr(R"("body_bytes":16777216)"));
  EXPECT_THAT(json, HasSubstr(R"("request_timeout":"10s")"));
  EXPECT_THAT(json, HasSubstr(R"("ingest":{"listen":"127.0.0.1:8080","insecure":false})"));
}

}  // namespace
}  // namespace oncegate
