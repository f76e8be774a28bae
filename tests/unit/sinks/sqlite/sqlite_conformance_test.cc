#include "tests/unit/sinks/conformance/columns_conformance.h"
#include "tests/unit/sinks/sqlite/sqlite_fixture.h"

namespace oncegate::conformance {
namespace {

std::unique_ptr<SinkFixture> MakeFixture() { return std::make_unique<sqlite::SqliteFixture>(); }

INSTANTIATE_TEST_SUITE_P(Sqlite, SinkConformance,
                         ::testing::Values(SinkUnderTest{"sqlite", &MakeFixture}),
                         SinkUnderTestName);

INSTANTIATE_TEST_SUITE_P(Sqlite, ColumnsConformance,
                         ::testing::Values(SinkUnderTest{"sqlite", &MakeFixture}),
                         SinkUnderTestName);

}  // namespace
}  // namespace oncegate::conformance
