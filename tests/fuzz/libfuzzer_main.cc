// One libFuzzer program: ONCEGATE_FUZZ_FUNCTION names the target.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  oncegate::fuzz::ONCEGATE_FUZZ_FUNCTION({reinterpret_cast<const char*>(data), size});
  return 0;
}
