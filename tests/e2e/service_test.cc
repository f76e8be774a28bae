#include "tests/e2e/service_test.h"

#include <cstdlib>
#include <sstream>

namespace oncegate::e2e {
namespace {

constexpr char kContractSettings[] = R"(
[stream_defaults]
request_timeout = "8s"
[streams.strict_orders]
dedupe = "strict"
[streams.positions]
dedupe = "monotonic"
[streams.messages]
dedupe = "id"
[streams.products]
dedupe = "version"
[streams.readings]
dedupe = "off"
)";

}  // namespace

std::filesystem::path Program() {
  const char* other = std::getenv("ONCEGATE_PROGRAM");
  return other == nullptr ? ONCEGATE_PROGRAM : other;
}

Service::Service(SinkKind kind, const std::string& settings) {
  switch (kind) {
    case SinkKind::kSqlite:
      sink_ = MakeSqliteSite(folder_.path());
      break;
    case SinkKind::kPostgres:
      sink_ = MakePostgresSite(&SharedPostgres());
      break;
    case SinkKind::kMysql:
      sink_ = MakeMysqlSite(&SharedMariadb());
      break;
  }
  process_ = std::make_unique<test::ServiceProcess>(
      test::ServiceSetup{.program = Program(),
                         .folder = folder_.path(),
                         .settings = sink_->Settings() + settings,
                         .environment = {},
                         .flags = {}});
  process_->Start();
}

Answer Service::Ingest(const testing::HttpCall& call) {
  return ReadAnswer(testing::Call(process_->ingest_port(), call));
}

Answer Service::Ops(const testing::HttpCall& call) {
  return ReadAnswer(testing::Call(process_->ops_port(), call));
}

Answer Service::OpsPost(const std::string& target, const std::string& json) {
  return Ops({"POST", target, {{"Content-Type", "application/json"}}, json});
}

Answer Service::Post(const std::string& stream, const std::string& body,
                     const PostOptions& options) {
  testing::HttpCall call{"POST", "/v1/streams/" + stream + "/events", options.headers, body};
  if (!options.query.empty()) call.target += "?" + options.query;
  if (!options.type.empty()) call.headers.emplace_back("Content-Type", options.type);
  return Ingest(call);
}

Answer Service::Producer(const std::string& stream, const std::string& producer) {
  return Ingest({"GET", "/v1/streams/" + stream + "/producers/" + producer, {}, ""});
}

double Service::Metric(const std::string& sample) {
  std::istringstream lines(Ops({"GET", "/metrics", {}, ""}).reply.body);
  std::string line;
  while (std::getline(lines, line)) {
    if (line.starts_with(sample + " ")) return std::strtod(line.c_str() + sample.size(), nullptr);
  }
  return 0;
}

std::string Record(const std::string& producer, std::int64_t sequence, const std::string& value,
                   const std::string& more) {
  return R"({"producer":")" + producer + R"(","seq":)" + std::to_string(sequence) + R"(,"value":)" +
         value + (more.empty() ? "" : ",") + more + "}";
}

std::string Array(const std::vector<std::string>& records) {
  std::string text = "[";
  for (const std::string& record : records) text += (text.size() > 1 ? "," : "") + record;
  return text + "]";
}

std::string Lines(const std::vector<std::string>& records) {
  std::string text;
  for (const std::string& record : records) text += record + "\n";
  return text;
}

void ServiceTest::Start(const std::string& settings) {
  service_ = std::make_unique<Service>(GetParam(), settings);
}

Service& ContractTest::service() {
  if (GetParam() == SinkKind::kSqlite) {
    static Service on_sqlite(SinkKind::kSqlite, kContractSettings);
    return on_sqlite;
  }
  if (GetParam() == SinkKind::kMysql) {
    SharedMariadb();  // Outlives the service.
    static Service on_mysql(SinkKind::kMysql, kContractSettings);
    return on_mysql;
  }
  SharedPostgres();  // Outlives the service.
  static Service on_postgres(SinkKind::kPostgres, kContractSettings);
  return on_postgres;
}

std::string ContractTest::MakeName() {
  static int count = 0;
  return "t" + std::to_string(++count);
}

}  // namespace oncegate::e2e
