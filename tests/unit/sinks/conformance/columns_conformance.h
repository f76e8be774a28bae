// ColumnsConformance: the suite of the columns target, for the sinks that have it.
#pragma once

#include "tests/unit/sinks/conformance/conformance.h"

namespace oncegate::conformance {

class ColumnsConformance : public SinkConformance {};

}  // namespace oncegate::conformance
