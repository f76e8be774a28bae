#include "server/app/application.h"

#include "server/cli/http_client.h"
#include "server/config/data_dir.h"
#include "server/config/load.h"
#include "tests/unit/server/app/app_testing.h"

namespace oncegate {
namespace {

constexpr std::string_view kRecord =
    R"({"producer":"pos-17","seq":0,"key":"order-1","value":{"total":"9.99"}})";

class ApplicationTest : public testing::Test {
 protected:
  Config MakeConfig(const std::string& folder) const {
    Config config = LoadConfig({}).config;
    config.data_dir = folder_.path() / folder;
    config.ingest.listen = "127.0.0.1:0";
    config.ops.listen = "127.0.0.1:0";
    return config;
  }
  std::unique_ptr<Application> MustStart(const Config& config) {
    auto application = Application::Start(config, &logger_);
    EXPECT_TRUE(application.has_value()) << application.error().message;
    return std::move(*application);
  }
  std::string StartFault(const Config& config) {
    const auto application = Application::Start(config, &logger_);
    return application.has_error() ? application.error().message : "it started";
  }
  static HttpAnswer Ask(const std::filesystem::path& address_file, const std::string& method,
                        const std::string& target, std::string_view body = "") {
    HttpClient client(*ParseServerUrl("http://" + ReadLine(address_file)),
                      std::chrono::seconds(10));
    const auto answer = client.Send(
        {method, target, body.empty() ? "" : "application/json", std::string(body), "", {}, {}});
    EXPECT_TRUE(answer.has_value()) << answer.error().message;
    return answer.has_value() ? *answer : HttpAnswer{};
  }
  static int PostRecord(const Config& config) {
    return Ask(IngestAddressFile(config.data_dir), "POST", "/v1/streams/orders/events", kRecord)
        .status;
  }

  const test::TemporaryFolder folder_;
  Logger logger_{LogLevel::kError};
};

TEST_F(ApplicationTest, ServesFromItsStartToItsDrain) {
  const Config config = MakeConfig("data");
  const auto application = MustStart(config);
  EXPECT_EQ(Ask(OpsAddressFile(config.data_dir), "GET", "/readyz").status, 200);
  EXPECT_EQ(PostRecord(config), 200);
  const HttpAnswer metrics = Ask(OpsAddressFile(config.data_dir), "GET", "/metrics");
  EXPECT_NE(metrics.body.find("oncegate_ready 1"), std::string::npos);
  EXPECT_NE(metrics.body.find(R"(oncegate_events_total{stream="orders",verdict="applied"} 1)"),
            std::string::npos);
  EXPECT_TRUE(application->Drain());
  EXPECT_FALSE(std::filesystem::exists(IngestAddressFile(config.data_dir)));
  EXPECT_FALSE(std::filesystem::exists(OpsAddressFile(config.data_dir)));
}

TEST_F(ApplicationTest, WhatWasAppliedIsADuplicateAfterARestart) {
  const Config config = MakeConfig("data");
  for (const std::string verdict : {"applied", "duplicate"}) {
    const auto application = MustStart(config);
    const HttpAnswer answer = Ask(IngestAddressFile(config.data_dir), "POST",
                                  "/v1/streams/orders/events?results=all", kRecord);
    EXPECT_NE(answer.body.find(R"("counts":{")" + verdict + R"(":1})"), std::string::npos)
        << answer.body;
    EXPECT_TRUE(application->Drain());
  }
}

TEST_F(ApplicationTest, TheConfigurationIsShownRedacted) {
  const Config config = MakeConfig("data");
  const auto application = MustStart(config);
  const HttpAnswer answer = Ask(OpsAddressFile(config.data_dir), "GET", "/admin/v1/config");
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find(R"("path":"sink.sqlite")"), std::string::npos);
  EXPECT_TRUE(application->Drain());
}

TEST_F(ApplicationTest, ADataFolderInUseIsRefusedAndTheFirstGoesOn) {
  const Config config = MakeConfig("data");
  const auto application = MustStart(config);
  EXPECT_NE(StartFault(config).find(std::to_string(getpid())), std::string::npos);
  EXPECT_EQ(PostRecord(config), 200);
  EXPECT_TRUE(application->Drain());
}

TEST_F(ApplicationTest, AnAddressInUseIsRefusedAndLeavesTheDataFolderFree) {
  const Config first = MakeConfig("first");
  const auto application = MustStart(first);
  Config second = MakeConfig("second");
  second.ops.listen = ReadLine(OpsAddressFile(first.data_dir));
  EXPECT_NE(StartFault(second).find(second.ops.listen), std::string::npos);
  second.ops.listen = "127.0.0.1:0";
  EXPECT_TRUE(MustStart(second)->Drain());
  EXPECT_TRUE(application->Drain());
}

TEST_F(ApplicationTest, AStreamThatContradictsItsLedgerIsRefused) {
  Config config = MakeConfig("data");
  {
    const auto application = MustStart(config);
    EXPECT_EQ(PostRecord(config), 200);
    EXPECT_TRUE(application->Drain());
  }
  StreamConfig orders = config.stream_defaults;
  orders.name = "orders";
  orders.table = "orders";
  orders.dedupe = DedupeMode::kStrict;
  config.streams.push_back(orders);
  const std::string fault = StartFault(config);
  EXPECT_NE(fault.find("orders"), std::string::npos);
  EXPECT_NE(fault.find("window"), std::string::npos);
  EXPECT_NE(fault.find("strict"), std::string::npos);
}

}  // namespace
}  // namespace oncegate
