// Fixtures of the end-to-end tests: a real service on a real sink, spoken to over HTTP.
//
// ServiceTest has a service of its own with settings of its own. ContractTest shares one service
// per kind of sink among all tests of the program, with one stream of each mode; a test uses names
// that no other uses (see Name).
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/e2e/answer.h"
#include "tests/e2e/sink_site.h"
#include "tests/support/http_client.h"
#include "tests/support/service_process.h"
#include "tests/support/temporary_folder.h"

namespace oncegate::e2e {

/// Where most tests send to.
inline constexpr char kStream[] = "orders";

using Headers = std::vector<std::pair<std::string, std::string>>;

/// How records are sent besides the records.
struct PostOptions {
  std::string query;  // Without the question mark.
  std::string type = "application/json";
  Headers headers;
};

/// The service that this build made, or the one that ONCEGATE_PROGRAM names.
std::filesystem::path Program();

/// One process and its sink.
class Service {
 public:
  Service(SinkKind kind, const std::string& settings);

  test::ServiceProcess& process() { return *process_; }
  SinkSite& sink() { return *sink_; }

  Answer Post(const std::string& stream, const std::string& body, const PostOptions& options = {});
  /// One request to the ingest listener.
  Answer Ingest(const testing::HttpCall& call);
  Answer Ops(const testing::HttpCall& call);
  Answer OpsPost(const std::string& target, const std::string& json);
  Answer Producer(const std::string& stream, const std::string& producer);
  /// The value of a sample of /metrics by its full name with labels; 0 if it is not there.
  double Metric(const std::string& sample);

 private:
  test::TemporaryFolder folder_;
  std::unique_ptr<SinkSite> sink_;
  std::unique_ptr<test::ServiceProcess> process_;
};

/// {"producer":…,"seq":…,"value":…}; `value` is JSON text, `more` further members.
std::string Record(const std::string& producer, std::int64_t sequence, const std::string& value,
                   const std::string& more = "");
/// A JSON array.
std::string Array(const std::vector<std::string>& records);
/// One record a line.
std::string Lines(const std::vector<std::string>& records);

inline std::string SinkKindName(const ::testing::TestParamInfo<SinkKind>& info) {
  return ToString(info.param);
}

inline const PostOptions kAll{.query = "results=all", .type = "application/json", .headers = {}};
inline const PostOptions kNdjson{.query = "", .type = "application/x-ndjson", .headers = {}};

class ServiceTest : public ::testing::TestWithParam<SinkKind> {
 protected:
  /// Starts the service of the test; `settings` are tables besides data_dir, listeners and sink.
  void Start(const std::string& settings = "");

  Service& service() { return *service_; }
  SinkSite& sink() { return service_->sink(); }
  test::ServiceProcess& process() { return service_->process(); }
  Answer Post(const std::string& stream, const std::string& body, const PostOptions& options = {}) {
    return service_->Post(stream, body, options);
  }

 private:
  std::unique_ptr<Service> service_;
};

class ContractTest : public ::testing::TestWithParam<SinkKind> {
 protected:
  Service& service();
  SinkSite& sink() { return service().sink(); }
  Answer Post(const std::string& stream, const std::string& body, const PostOptions& options = {}) {
    return service().Post(stream, body, options);
  }
  /// A name that no other test of the program uses; also good for a window stream made on first
  /// use.
  const std::string& Name() const { return name_; }

 private:
  static std::string MakeName();

  const std::string name_ = MakeName();
};

/// The configured streams of ContractTest, by mode.
inline constexpr char kStrictStream[] = "strict_orders";
inline constexpr char kMonotonicStream[] = "positions";
inline constexpr char kIdStream[] = "messages";
inline constexpr char kVersionStream[] = "products";
inline constexpr char kOffStream[] = "readings";

#define ONCEGATE_ON_BOTH_SINKS(suite)                                                              \
  INSTANTIATE_TEST_SUITE_P(                                                                        \
      On, suite,                                                                                   \
      ::testing::Values(::oncegate::e2e::SinkKind::kSqlite, ::oncegate::e2e::SinkKind::kPostgres), \
      ::oncegate::e2e::SinkKindName)

#define ONCEGATE_ON_ALL_SINKS(suite)                                                              \
  INSTANTIATE_TEST_SUITE_P(                                                                       \
      On, suite,                                                                                  \
      ::testing::Values(::oncegate::e2e::SinkKind::kSqlite, ::oncegate::e2e::SinkKind::kPostgres, \
                        ::oncegate::e2e::SinkKind::kMysql),                                       \
      ::oncegate::e2e::SinkKindName)

}  // namespace oncegate::e2e
