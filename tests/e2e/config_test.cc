// What the service makes of its configuration: layers, refusals, and what contradicts the ledger.
#include "tests/e2e/service_test.h"

namespace oncegate::e2e {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class Configuration : public ServiceTest {
 protected:
  /// Ends the service and expects it to refuse the next start; gives what it says.
  std::string RefusalOf(const std::string& settings) {
    process().Kill();
    process().setup().settings = sink().Settings() + settings;
    const std::size_t logged = process().Log().size();
    EXPECT_EQ(process().StartAndFail(), 1);
    return process().Log().substr(logged);
  }
  void RestartWith(const std::string& settings) {
    process().Kill();
    process().setup().settings = sink().Settings() + settings;
    process().Start();
  }
  std::string Setting(const std::string& table, const std::string& name) {
    const Answer config = service().Ops({"GET", "/admin/v1/config", {}, ""});
    return Text(config.json.at(table).as_object(), name);
  }
};
ONCEGATE_ON_BOTH_SINKS(Configuration);

TEST_P(Configuration, FlagsWinOverTheEnvironmentAndThatOverTheFile) {
  Start("[limits]\nrecords_per_request = 5\nbody_bytes = 5000\n[log]\nlevel = \"warn\"\n");
  process().Kill();
  process().setup().environment = {{"ONCEGATE_LIMITS__RECORDS_PER_REQUEST", "6"},
                                   {"ONCEGATE_LOG__LEVEL", "error"},
                                   {"ONCEGATE_STREAM_DEFAULTS__REQUEST_TIMEOUT", "3s"}};
  process().setup().flags = {"--log-level", "info"};
  process().Start();
  EXPECT_EQ(Setting("limits", "body_bytes"), "5000");
  EXPECT_EQ(Setting("limits", "records_per_request"), "6");
  EXPECT_EQ(Setting("log", "level"), "\"info\"");
  EXPECT_EQ(Setting("stream_defaults", "request_timeout"), "\"3s\"");
}

TEST_P(Configuration, AnUnknownNameIsAnErrorAndAnotherIsAWarning) {
  Start();
  process().Kill();
  process().setup().environment = {{"ONCEGATE_INGEST__LISTN", "127.0.0.1:0"}};
  EXPECT_THAT(RefusalOf(""), HasSubstr("ONCEGATE_INGEST__LISTN"));
  process().setup().environment = {{"ONCEGATE_HOME", "/somewhere"}};
  process().Start();
  EXPECT_THAT(process().Log(), HasSubstr("ONCEGATE_HOME"));
}

TEST_P(Configuration, EveryFaultIsToldWithItsPlace) {
  Start();
  const std::string said = RefusalOf(
      "[limits]\nbody_bites = 1\nheader_bytes = \"many\"\n[streams.orders]\n"
      "dedupe = \"sometimes\"\n");
  EXPECT_THAT(said, AllOf(HasSubstr("oncegate.toml:"), HasSubstr("body_bites"),
                          HasSubstr("header_bytes"), HasSubstr("sometimes")));
}

TEST_P(Configuration, AnOpenListenerHasToBeWrittenOut) {
  Start();
  process().Kill();
  process().setup().environment = {{"ONCEGATE_INGEST__LISTEN", "0.0.0.0:0"}};
  EXPECT_THAT(RefusalOf(""), HasSubstr("insecure"));
}

TEST_P(Configuration, AStreamThatContradictsItsLedgerRefusesToStart) {
  Start("[streams.orders]\ndedupe = \"window\"\n");
  ASSERT_EQ(Post("orders", Record("p", 0, "1")).status, 200);
  EXPECT_THAT(RefusalOf("[streams.orders]\ndedupe = \"strict\"\n"),
              AllOf(HasSubstr("orders"), HasSubstr("window"), HasSubstr("strict")));
  EXPECT_THAT(RefusalOf("[streams.orders]\ntable = \"others\"\n"),
              AllOf(HasSubstr("orders"), HasSubstr("others")));
  RestartWith("[streams.orders]\ndedupe = \"window\"\n");
  EXPECT_THAT(Post("orders", Record("p", 0, "1")), Settles(200, {{"duplicate", 1}}));
}

TEST_P(Configuration, AConfiguredStreamTakesNoTableOver) {
  Start();
  sink().Query("CREATE TABLE orders (key text PRIMARY KEY, value text)");
  EXPECT_THAT(RefusalOf("[streams.orders]\n"), HasSubstr("orders"));
  RestartWith("[streams.orders]\ntable = \"their_orders\"\n");
  EXPECT_THAT(Post("orders", Record("p", 0, "1")), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(sink().Rows("their_orders"), SizeIs(1));
}

TEST_P(Configuration, WhatDoesNotFitTogetherIsRefused) {
  Start();
  for (const char* setting : {"ack = \"journal\"",     // Needs on_reject = "dead_letter".
                              "target = \"columns\"",  // Needs a table that is there.
                              "target = \"append\"\ndedupe = \"version\""}) {
    EXPECT_NE(RefusalOf(std::string("[streams.orders]\n") + setting + "\n"), "") << setting;
  }
}

TEST_P(Configuration, StreamsAreMadeOnlyIfThatIsAllowed) {
  Start("[stream_defaults]\ncreate = false\n[streams.orders]\n");
  EXPECT_EQ(Post("orders", Record("p", 0, "1")).status, 200);
  EXPECT_THAT(Post("others", Record("p", 0, "1")), IsProblem(404, "unknown_stream"));
}

TEST_P(Configuration, AStreamMadeOnFirstUseIsKnownAfterARestart) {
  Start();
  ASSERT_EQ(Post("orders", Record("p", 0, "1")).status, 200);
  process().Restart();
  EXPECT_EQ(service().Producer("orders", "p").Member("highest_seq"), "0");
  EXPECT_THAT(service().Ops({"GET", "/admin/v1/streams", {}, ""}).reply.body,
              HasSubstr("\"orders\""));
  RestartWith("[stream_defaults]\ncreate = false\n");
  EXPECT_THAT(Post("orders", Record("p", 0, "1")), Settles(200, {{"duplicate", 1}}));
}

TEST(WithoutConfiguration, EverythingIsServedOnAnEmbeddedSink) {
  test::TemporaryFolder folder;
  test::ServiceProcess process({.program = Program(),
                                .folder = folder.path(),
                                .settings = "",
                                .environment = {},
                                .flags = {},
                                .with_file = false});
  process.Start();
  const auto post = [&] {
    return ReadAnswer(testing::Call(process.ingest_port(), {"POST",
                                                            "/v1/streams/orders/events",
                                                            {{"Content-Type", "application/json"}},
                                                            Record("p", 0, "1")}));
  };
  EXPECT_THAT(post(), Settles(200, {{"applied", 1}}));
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "oncegate-data" / "sink.sqlite"));
  process.Restart();
  EXPECT_THAT(post(), Settles(200, {{"duplicate", 1}}));
}

}  // namespace
}  // namespace oncegate::e2e
