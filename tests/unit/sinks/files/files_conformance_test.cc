#include "tests/unit/sinks/conformance/conformance.h"
#include "tests/unit/sinks/files/files_fixture.h"

namespace oncegate::conformance {
namespace {

std::unique_ptr<SinkFixture> MakeFixture() { return std::make_unique<files::FilesFixture>(); }

INSTANTIATE_TEST_SUITE_P(Files, SinkConformance,
                         ::testing::Values(SinkUnderTest{"files", &MakeFixture,
                                                         TargetKind::kAppend}),
                         SinkUnderTestName);

}  // namespace
}  // namespace oncegate::conformance
