#include "tests/unit/sinks/conformance/conformance.h"
#include "tests/unit/sinks/redis/redis_fixture.h"

namespace oncegate::conformance {
namespace {

std::unique_ptr<SinkFixture> MakeJson() { return std::make_unique<redis::RedisFixture>("json"); }
std::unique_ptr<SinkFixture> MakeHash() { return std::make_unique<redis::RedisFixture>("hash"); }

INSTANTIATE_TEST_SUITE_P(Redis, SinkConformance,
                         ::testing::Values(SinkUnderTest{"redis_json", &MakeJson},
                                           SinkUnderTest{"redis_hash", &MakeHash}),
                         SinkUnderTestName);

}  // namespace
}  // namespace oncegate::conformance
