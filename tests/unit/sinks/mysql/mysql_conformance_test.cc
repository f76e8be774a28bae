#include "tests/unit/sinks/conformance/columns_conformance.h"
#include "tests/unit/sinks/mysql/mysql_fixture.h"

namespace oncegate::conformance {
namespace {

std::unique_ptr<SinkFixture> MakeFixture() { return std::make_unique<mysql::MysqlFixture>(); }

INSTANTIATE_TEST_SUITE_P(Mysql, SinkConformance,
                         ::testing::Values(SinkUnderTest{"mysql", &MakeFixture}),
                         SinkUnderTestName);

INSTANTIATE_TEST_SUITE_P(Mysql, ColumnsConformance,
                         ::testing::Values(SinkUnderTest{"mysql", &MakeFixture}),
                         SinkUnderTestName);

}  // namespace
}  // namespace oncegate::conformance
