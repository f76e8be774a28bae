// The shared suite, as far as it is about the ledger: marks, ids, lists and dead letters. Its other
// tests look into tables by SQL, or have two instances write at once, which a Kafka sink does not;
// kafka_document_test.cc and kafka_takeover_test.cc are about these.
#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>

#include "tests/unit/sinks/conformance/conformance.h"
#include "tests/unit/sinks/kafka/kafka_fixture.h"

namespace oncegate::conformance {
namespace {

constexpr std::array<std::string_view, 4> kLedgerFiles{
    "/ledger_conformance.cc", "/id_conformance.cc", "/listing_conformance.cc",
    "/dead_letter_conformance.cc"};
/// Tests of these files that use SQL all the same.
constexpr std::array<std::string_view, 2> kSqlTests{"AnUpdateNeverBringsBackALostRow",
                                                    "ALossThatIsNotWaitedForCommitsNothing"};

[[noreturn]] void RefuseSql() { throw std::runtime_error("there is no SQL in Kafka"); }

class KafkaFixture final : public SinkFixture {
 public:
  std::string WhyNot(const ::testing::TestInfo& test) const override {
    if (std::string reason = test::KafkaServer::WhyMissing(); !reason.empty()) return reason;
    const std::string_view file = test.file();
    const std::string_view name = test.name();
    const auto is_of = [&](std::string_view end) { return file.ends_with(end); };
    const auto names = [&](std::string_view stem) { return name.starts_with(stem); };
    if (std::any_of(kLedgerFiles.begin(), kLedgerFiles.end(), is_of) &&
        std::none_of(kSqlTests.begin(), kSqlTests.end(), names)) {
      return "";
    }
    return "it looks at tables by SQL, or has two instances";
  }
  std::unique_ptr<Sink> NewSink() override {
    return kafka_test::NewSink(kafka_test::Broker().Brokers(), ledger_topic_);
  }
  void Execute(const std::string&) override { RefuseSql(); }
  std::int64_t SqlCount(const std::string&) override { RefuseSql(); }
  std::optional<TableRow> StoredRow(const std::string&, const std::string&) override {
    RefuseSql();
  }
  void RefuseMarkedValues(const std::string&) override { RefuseSql(); }
  void AcceptMarkedValues(const std::string&) override { RefuseSql(); }

 private:
  const std::string ledger_topic_ = kafka_test::UniqueName("conformance");
};

std::unique_ptr<SinkFixture> MakeFixture() { return std::make_unique<KafkaFixture>(); }

INSTANTIATE_TEST_SUITE_P(Kafka, SinkConformance,
                         ::testing::Values(SinkUnderTest{"kafka", &MakeFixture}),
                         SinkUnderTestName);

}  // namespace
}  // namespace oncegate::conformance
