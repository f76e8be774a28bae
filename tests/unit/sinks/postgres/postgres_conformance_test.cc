#include "tests/unit/sinks/conformance/conformance.h"
#include "tests/unit/sinks/postgres/postgres_fixture.h"

namespace oncegate::conformance {
namespace {

std::unique_ptr<SinkFixture> MakeFixture() { return std::make_unique<postgres::PostgresFixture>(); }

INSTANTIATE_TEST_SUITE_P(Postgres, SinkConformance,
                         ::testing::Values(SinkUnderTest{"postgres", &MakeFixture}),
                         SinkUnderTestName);

}  // namespace
}  // namespace oncegate::conformance
