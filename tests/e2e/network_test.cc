// A bad network between the service and Postgres: slow, cut anywhere, or silent.
#include "tests/e2e/loaded_service.h"
#include "tests/support/deadline.h"
#include "tests/support/tcp_proxy.h"

namespace oncegate::e2e {
namespace {

class Network : public LoadedTest {
 protected:
  /// The service with a proxy between it and its sink.
  void PrepareBehindProxy(const std::string& settings = "") {
    Prepare(settings);
    ASSERT_EQ(process().Terminate(), 0);
    std::string sink_settings = sink().Settings();
    const std::string port = std::to_string(SharedPostgres().port());
    sink_settings.replace(sink_settings.find(":" + port + "/"), port.size() + 1,
                          ":" + std::to_string(proxy_.port()));
    process().setup().settings =
        sink_settings + "[stream_defaults]\nrequest_timeout = \"2s\"\n" + settings;
    StartAgain();
  }

  test::TcpProxy proxy_{SharedPostgres().port()};
};
INSTANTIATE_TEST_SUITE_P(On, Network, ::testing::Values(SinkKind::kPostgres), SinkKindName);

TEST_P(Network, ConnectionsThatAreCutAnywhereLoseAndRepeatNothing) {
  PrepareBehindProxy();
  proxy_.SetWeather({.cut_after_bytes_max = 60'000});
  ASSERT_GT(SharedPostgres().TerminateBackends(), 0);  // New connections have the new weather.
  StartLoad(300 * Scale());
  EXPECT_TRUE(test::Eventually([&] { return proxy_.Cuts() >= 20 * Scale() || load().HasEnded(); }));
  proxy_.SetWeather({});
  FinishAndExpectEveryEventOnce();
  EXPECT_GT(proxy_.Cuts(), 0);
}

TEST_P(Network, ConnectionsThatAreCutAnywhereLeaveEveryAppendedEventOnce) {
  PrepareBehindProxy("[streams.orders]\ntarget = \"append\"\n");
  proxy_.SetWeather({.cut_after_bytes_max = 60'000});
  ASSERT_GT(SharedPostgres().TerminateBackends(), 0);
  StartLoad(300 * Scale());
  EXPECT_TRUE(test::Eventually([&] { return proxy_.Cuts() >= 20 * Scale() || load().HasEnded(); }));
  proxy_.SetWeather({});
  load().Finish();
  ExpectEveryEventIsOneRow(load(), &sink(), kStream);
  EXPECT_GT(proxy_.Cuts(), 0);
}

TEST_P(Network, ASlowNetworkThatDripsLosesAndRepeatsNothing) {
  PrepareBehindProxy();
  proxy_.SetWeather({.delay_max = std::chrono::milliseconds(20), .drip_bytes = 600});
  ASSERT_GT(SharedPostgres().TerminateBackends(), 0);
  StartLoad(40 * Scale());
  FinishAndExpectEveryEventOnce();
}

TEST_P(Network, AServerThatHangsIsGivenUpAndOtherSinksGoOn) {
  PrepareBehindProxy("[sinks.local]\ntype = \"sqlite\"\n[streams.elsewhere]\nsink = \"local\"\n");
  StartLoad(100 * Scale());
  AwaitAnswers(20);
  proxy_.SetHung(true);
  EXPECT_THAT(Post("elsewhere", Record("p", 0, "1")), Settles(200, {{"applied", 1}}));
  const Answer waited = Post(kStream, Record("q", 0, "1"));
  EXPECT_THAT(waited, Settles(503, {{"retry", 1}}));
  EXPECT_THAT(Post("elsewhere", Record("p", 1, "1")), Settles(200, {{"applied", 1}}));
  EXPECT_TRUE(test::Eventually([&] {
    return service().Ops({"GET", "/readyz?sink=main", {}, ""}).status == 503;
  }));
  proxy_.SetHung(false);
  process().AwaitReady();
  FinishAndExpectEveryEventOnce();
  EXPECT_TRUE(test::Eventually([&] { return Post(kStream, Record("q", 0, "1")).status == 200; }));
  EXPECT_EQ(sink().AuditedWrites(kStream).at("q/0/0"), 1);
}

}  // namespace
}  // namespace oncegate::e2e
