// A whole application in this process, for the commands that talk to a service.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>

#include "server/app/application.h"
#include "server/cli/program_streams.h"
#include "server/config/data_dir.h"
#include "server/config/load.h"
#include "tests/unit/server/app/app_testing.h"

namespace oncegate {

class RunningService : public testing::Test {
 protected:
  void SetUp() override { StartService("127.0.0.1:0"); }
  void TearDown() override {
    if (application_) StopService();
  }

  void StartService(const std::string& ingest_listen) {
    Config config = LoadConfig({}).config;
    config.data_dir = folder_.path() / "data";
    config.ingest.listen = ingest_listen;
    config.ops.listen = "127.0.0.1:0";
    auto application = Application::Start(config, &logger_);
    ASSERT_TRUE(application.has_value()) << application.error().message;
    application_ = std::move(*application);
    ingest_address_ = ReadLine(IngestAddressFile(config.data_dir));
    ingest_url_ = "http://" + ingest_address_;
    ops_url_ = "http://" + ReadLine(OpsAddressFile(config.data_dir));
  }
  void StopService() {
    EXPECT_TRUE(application_->Drain());
    application_.reset();
  }

  std::string WriteFile(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.path() / name, std::ios::binary) << text;
    return (folder_.path() / name).string();
  }
  /// NDJSON of `count` records that leave their identity to the sender.
  static std::string Records(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      text += R"({"key":"k)" + std::to_string(i) + R"(","value":)" + std::to_string(i) + "}\n";
    }
    return text;
  }

  const test::TemporaryFolder folder_;
  Logger logger_{LogLevel::kError};
  std::unique_ptr<Application> application_;
  std::string ingest_address_;
  std::string ingest_url_;
  std::string ops_url_;
  std::istringstream input_;
  std::ostringstream output_;
  std::ostringstream error_;
  ProgramStreams streams_{&input_, &output_, &error_};
};

}  // namespace oncegate
