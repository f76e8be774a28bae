// CHECK: a broken invariant ends the process with a message, in release builds too.
// Programmer errors only; operating errors are values (result.h).
#pragma once

#include <cstdio>
#include <cstdlib>

namespace oncegate {

[[noreturn]] inline void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: CHECK failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace oncegate

#define CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::oncegate::CheckFailed(#condition, __FILE__, __LINE__))
