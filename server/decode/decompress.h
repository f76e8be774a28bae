// Decompression of request bodies, with a bound on the output while it streams. Pure, thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "dedupe/types/result.h"

namespace oncegate {

enum class ContentCoding : std::uint8_t { kIdentity, kGzip, kZstd };

enum class DecompressFault : std::uint8_t {
  kTooLarge,   // 413: more than `bytes_max` decompressed.
  kMalformed,  // 400: not the coding it claims to be, or cut off.
};

struct DecompressError {
  DecompressFault fault = DecompressFault::kMalformed;
  std::string detail;
};

[[noreturn]] void throw_exception_from_error(const DecompressError& error,
                                             const boost::source_location&);

/// Multi-member gzip and several zstd frames count under one bound; the zstd window is at most 8
/// MiB.
boost::system::result<std::string, DecompressError> Decompress(ContentCoding coding,
                                                               std::string_view bytes,
                                                               std::size_t bytes_max);

}  // namespace oncegate
