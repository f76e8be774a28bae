#include "server/decode/decompress.h"

#include <cstdio>
#include <cstdlib>

#include "server/decode/bounded_output.h"
#include "server/decode/gzip.h"
#include "server/decode/zstd.h"

namespace oncegate {

[[noreturn]] void throw_exception_from_error(const DecompressError& error,
                                             const boost::source_location&) {
  std::fprintf(stderr, "value() of a failed decompression: %s\n", error.detail.c_str());
  std::abort();
}

boost::system::result<std::string, DecompressError> Decompress(ContentCoding coding,
                                                               std::string_view bytes,
                                                               std::size_t bytes_max) {
  switch (coding) {
    case ContentCoding::kIdentity:
      break;
    case ContentCoding::kGzip:
      return DecompressGzip(bytes, bytes_max);
    case ContentCoding::kZstd:
      return DecompressZstd(bytes, bytes_max);
  }
  if (bytes.size() > bytes_max) return TooLarge(bytes_max);
  return std::string(bytes);
}

}  // namespace oncegate
