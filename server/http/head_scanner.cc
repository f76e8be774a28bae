#include <algorithm>

#include "server/http/ascii.h"
#include "server/http/header_guard.h"

namespace oncegate {
namespace {

// More empty lines than that between two requests are an attempt to keep the connection for
// nothing.
constexpr std::size_t kEmptyLinesMax = 8;

}  // namespace

HeadScanner::Progress HeadScanner::Fail(ProblemCode code, std::string_view detail) {
  fault_ = {code, detail};
  return Progress::kFault;
}

bool HeadScanner::CheckSizes(std::size_t received_bytes, const HeadLimits& limits) {
  const std::size_t head_bytes = received_bytes - skipped_;
  // "method SP target": while the first line is open, only its target can have grown so far.
  constexpr std::size_t kLongestMethodBytes = 8;
  if (lines_ == 0 && head_bytes > limits.target_bytes + kLongestMethodBytes + 16) {
    Fail(ProblemCode::kUriTooLong, "the request target is too long");
    return false;
  }
  if (head_bytes > limits.head_bytes) {
    Fail(ProblemCode::kHeadersTooLarge, "the request head is too large");
    return false;
  }
  return true;
}

HeadScanner::Progress HeadScanner::Scan(std::string_view received, const HeadLimits& limits) {
  while (true) {
    const std::size_t newline = received.find('\n', scanned_);
    if (newline == std::string_view::npos) {
      scanned_ = received.size();
      // Another protocol on this port (a TLS hello, say) never sends a line end: refuse it at once.
      if (lines_ == 0 && received.size() > line_start_ && received[line_start_] != '\r' &&
          !IsTokenChar(received[line_start_])) {
        return Fail(ProblemCode::kMalformedRequest, "the request does not begin with a method");
      }
      return CheckSizes(received.size(), limits) ? Progress::kIncomplete : Progress::kFault;
    }
    if (newline == line_start_ || received[newline - 1] != '\r') {
      return Fail(ProblemCode::kMalformedRequest, "a line ends in LF without CR");
    }
    scanned_ = newline + 1;
    const bool is_empty_line = newline == line_start_ + 1;
    line_start_ = newline + 1;
    if (!is_empty_line) {
      if (!CheckSizes(newline + 1, limits)) return Progress::kFault;
      ++lines_;
      continue;
    }
    if (lines_ == 0) {
      skipped_ = newline + 1;
      if (skipped_ > kEmptyLinesMax * 2) {
        return Fail(ProblemCode::kMalformedRequest, "there is no request between empty lines");
      }
      continue;
    }
    if (!CheckSizes(newline + 1, limits)) return Progress::kFault;
    end_ = newline + 1;
    return Progress::kComplete;
  }
}

}  // namespace oncegate
