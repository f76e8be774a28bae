// Whether the tests, and the service that they start, are built with a sanitizer. Its memory hides
// that of the program, and it makes system calls of its own.
#pragma once

namespace oncegate::test {

#ifdef __SANITIZE_ADDRESS__
inline constexpr bool kHasAddressSanitizer = true;
#else
inline constexpr bool kHasAddressSanitizer = false;
#endif

#ifdef __SANITIZE_THREAD__
inline constexpr bool kHasThreadSanitizer = true;
#else
inline constexpr bool kHasThreadSanitizer = false;
#endif

inline constexpr bool kHasSanitizer = kHasAddressSanitizer || kHasThreadSanitizer;

}  // namespace oncegate::test
