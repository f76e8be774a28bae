#include "tests/unit/sinks/conformance/columns_conformance.h"
#include "tests/unit/sinks/postgres/postgres_fixture.h"

namespace oncegate::conformance {
namespace {

std::unique_ptr<SinkFixture> MakeFixture() { return std::make_unique<postgres::PostgresFixture>(); }

INSTANTIATE_TEST_SUITE_P(Postgres, SinkConformance,
                         ::testing::Values(SinkUnderTest{"postgres", &MakeFixture}),
                         SinkUnderTestName);

INSTANTIATE_TEST_SUITE_P(Postgres, ColumnsConformance,
                         ::testing::Values(SinkUnderTest{"postgres", &MakeFixture}),
                         SinkUnderTestName);

}  // namespace
}  // namespace oncegate::conformance
