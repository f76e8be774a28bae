// The guard at the door: reads the head of a request (RFC 9112) and refuses whatever two parsers
// could read differently. Stricter than the standard wherever it leaves a choice: a proxy in front
// that disagrees about where a request ends could otherwise smuggle one past it.
//
// Pure: bytes in, values out; no I/O, no clock. Never reads out of bounds, whatever the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/http/message.h"
#include "server/http/problem.h"

namespace oncegate {

struct HeadLimits {
  std::size_t head_bytes = 16 * 1024;  // Request line and fields.
  std::size_t target_bytes = 8 * 1024;
  std::size_t fields = 100;
};

struct HeadFault {
  ProblemCode code = ProblemCode::kMalformedRequest;
  std::string_view detail;  // A constant.
};

/// Looks for the end of the head in what has arrived so far, and for what makes waiting for it
/// pointless. Remembers how far it has looked, so that a byte is looked at once.
class HeadScanner {
 public:
  enum class Progress : std::uint8_t { kIncomplete, kComplete, kFault };

  /// `received` starts with the same bytes at each call and has only grown.
  Progress Scan(std::string_view received, const HeadLimits& limits);
  /// kComplete: empty lines before the request line, which RFC 9112, section 2.2 asks to ignore.
  std::size_t skipped_bytes() const { return skipped_; }
  /// kComplete: offset behind the empty line that ends the head.
  std::size_t end() const { return end_; }
  const HeadFault& fault() const { return fault_; }

 private:
  Progress Fail(ProblemCode code, std::string_view detail);
  bool CheckSizes(std::size_t received_bytes, const HeadLimits& limits);

  std::size_t skipped_ = 0;
  std::size_t line_start_ = 0;  // Of the line that is not complete yet.
  std::size_t scanned_ = 0;
  std::size_t lines_ = 0;
  std::size_t end_ = 0;
  HeadFault fault_;
};

enum class BodyFraming : std::uint8_t { kNone, kLength, kChunked };

struct RequestHead {
  std::string method;
  std::string target;
  int minor_version = 1;
  HeaderList headers;
  BodyFraming framing = BodyFraming::kNone;
  /// Saturated at 2^63-1: a longer body is refused all the same.
  std::uint64_t content_length = 0;
  bool keep_alive = true;
  bool expects_continue = false;
};

/// `bytes` is one whole head with its final empty line, as delimited by HeadScanner. On a fault
/// *head holds what was read before it (for the request id).
std::optional<HeadFault> ParseHead(std::string_view bytes, const HeadLimits& limits,
                                   RequestHead* head);

/// Appends nothing and judges one field line without its CRLF; also used for trailers.
std::optional<HeadFault> SplitFieldLine(std::string_view line, HeaderList::Field* field);

/// GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS or TRACE.
bool IsKnownMethod(std::string_view method);
/// The same as a constant of a closed list, fit for a label; "other" if unknown.
std::string_view MethodName(std::string_view method);

}  // namespace oncegate
