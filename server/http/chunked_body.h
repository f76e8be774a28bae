// Decoder of the chunked transfer coding (RFC 9112, section 7.1), fed as bytes arrive. Strict: only
// CRLF, only hexadecimal digits, no white space. Extensions and trailers are read and dropped;
// their bytes are bounded, because they do not count as body.
//
// Pure; never reads out of bounds, whatever the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/http/header_guard.h"

namespace oncegate {

class ChunkedBody {
 public:
  struct Limits {
    std::size_t body_bytes = 0;
    std::size_t overhead_bytes = 0;  // Chunk lines and trailers together, data excluded.
  };
  enum class Progress : std::uint8_t { kIncomplete, kComplete, kFault };

  explicit ChunkedBody(const Limits& limits) : limits_(limits) {}

  /// Consumes as much of `input` as it can and appends data to *body. What is left in *input after
  /// kIncomplete is the beginning of a line and comes again, with more behind it, at the next call;
  /// after kComplete it belongs to the next request.
  Progress Feed(std::string_view* input, std::string* body);
  const HeadFault& fault() const { return fault_; }

 private:
  enum class State : std::uint8_t { kSizeLine, kData, kDataEnd, kTrailer };

  Progress Fail(ProblemCode code, std::string_view detail);
  Progress TakeSizeLine(std::string_view line, std::size_t body_bytes);
  Progress TakeTrailer(std::string_view line);
  bool CountOverhead(std::size_t bytes);

  Limits limits_;
  State state_ = State::kSizeLine;
  std::uint64_t chunk_left_ = 0;
  std::size_t overhead_bytes_ = 0;
  HeadFault fault_;
};

}  // namespace oncegate
