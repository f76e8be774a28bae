#include "server/http/header_guard.h"

#include <algorithm>
#include <array>
#include <limits>

#include "server/http/ascii.h"

namespace oncegate {
namespace {

constexpr std::array<std::string_view, 8> kKnownMethods{"GET",   "HEAD",   "POST",    "PUT",
                                                        "PATCH", "DELETE", "OPTIONS", "TRACE"};

std::optional<HeadFault> Fault(ProblemCode code, std::string_view detail) {
  return HeadFault{code, detail};
}

bool IsVisibleAscii(char c) { return c > 0x20 && c < 0x7f; }

// Controls other than HTAB. obs-text (0x80 and above) is allowed in values.
bool IsForbiddenInValue(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

// "HTTP/1.1" and "HTTP/1.0" are spoken here.
std::optional<HeadFault> ParseVersion(std::string_view text, int* minor_version) {
  const bool well_formed = text.size() == 8 && text.starts_with("HTTP/") && IsDigit(text[5]) &&
                           text[6] == '.' && IsDigit(text[7]);
  if (!well_formed) {
    return Fault(ProblemCode::kMalformedRequest, "the request line has no valid HTTP version");
  }
  if (text != "HTTP/1.1" && text != "HTTP/1.0") {
    return Fault(ProblemCode::kHttpVersionNotSupported, "only HTTP/1.1 and HTTP/1.0 are spoken");
  }
  *minor_version = text[7] - '0';
  return std::nullopt;
}

std::optional<HeadFault> ParseRequestLine(std::string_view line, const HeadLimits& limits,
                                          RequestHead* head) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return Fault(ProblemCode::kMalformedRequest,
                 "the request line is not \"method target version\"");
  }
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  if (!IsToken(method)) return Fault(ProblemCode::kMalformedRequest, "the method is not a token");
  if (target.size() > limits.target_bytes) {
    return Fault(ProblemCode::kUriTooLong, "the request target is too long");
  }
  if (target.empty() || !std::all_of(target.begin(), target.end(), IsVisibleAscii)) {
    return Fault(ProblemCode::kMalformedRequest, "the request target has a forbidden character");
  }
  head->target = target;
  if (auto fault = ParseVersion(line.substr(last + 1), &head->minor_version)) return fault;
  if (!IsKnownMethod(method)) {
    return Fault(ProblemCode::kMethodNotImplemented, "the method is not implemented");
  }
  head->method = method;
  return std::nullopt;
}

std::optional<HeadFault> ParseFields(std::string_view block, const HeadLimits& limits,
                                     RequestHead* head) {
  head->headers.Reserve(16, block.size());
  while (!block.empty()) {
    const std::size_t end = block.find("\r\n");
    if (end == std::string_view::npos) {
      return Fault(ProblemCode::kMalformedRequest, "a header line has no end");
    }
    HeaderList::Field field;
    if (auto fault = SplitFieldLine(block.substr(0, end), &field)) return fault;
    if (head->headers.size() == limits.fields) {
      return Fault(ProblemCode::kHeadersTooLarge, "there are too many header fields");
    }
    head->headers.Add(field.name, field.value);
    block.remove_prefix(end + 2);
  }
  return std::nullopt;
}

bool IsHostCharacter(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("-._~%!$&'()*+,;=:[]").find(c) != std::string_view::npos;
}

std::optional<HeadFault> CheckHost(const RequestHead& head) {
  const std::size_t count = head.headers.Count("Host");
  if (count > 1) return Fault(ProblemCode::kInvalidHost, "there is more than one Host field");
  if (count == 0) {
    if (head.minor_version == 0) return std::nullopt;
    return Fault(ProblemCode::kInvalidHost, "the Host field is missing");
  }
  const std::string_view host = *head.headers.Find("Host");
  if (!std::all_of(host.begin(), host.end(), IsHostCharacter)) {
    return Fault(ProblemCode::kInvalidHost, "the Host field is not a host and port");
  }
  return std::nullopt;
}

std::optional<HeadFault> CheckTransferEncoding(const RequestHead& head) {
  if (head.minor_version == 0) {
    return Fault(ProblemCode::kInvalidTransferEncoding, "HTTP/1.0 has no Transfer-Encoding");
  }
  if (head.headers.Count("Content-Length") > 0) {
    return Fault(ProblemCode::kAmbiguousLength,
                 "Transfer-Encoding and Content-Length exclude each other");
  }
  const std::string_view value = *head.headers.Find("Transfer-Encoding");
  if (head.headers.Count("Transfer-Encoding") > 1 || value.find(',') != std::string_view::npos) {
    return Fault(ProblemCode::kInvalidTransferEncoding,
                 "Transfer-Encoding must be exactly \"chunked\"");
  }
  if (EqualsIgnoreCase(value, "chunked")) return std::nullopt;
  if (IsToken(value)) {
    return Fault(ProblemCode::kTransferEncodingNotImplemented,
                 "the only transfer coding is \"chunked\"");
  }
  return Fault(ProblemCode::kInvalidTransferEncoding,
               "Transfer-Encoding must be exactly \"chunked\"");
}

std::optional<HeadFault> ParseContentLength(RequestHead* head) {
  if (head->headers.Count("Content-Length") > 1) {
    return Fault(ProblemCode::kInvalidContentLength, "there is more than one Content-Length field");
  }
  const std::string_view value = *head->headers.Find("Content-Length");
  if (value.empty() || !std::all_of(value.begin(), value.end(), IsDigit)) {
    return Fault(ProblemCode::kInvalidContentLength, "Content-Length is not a number");
  }
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  std::uint64_t length = 0;
  for (const char c : value) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    length = length > (kMax - digit) / 10 ? kMax : length * 10 + digit;
  }
  head->content_length = length;
  return std::nullopt;
}

std::optional<HeadFault> ReadFraming(RequestHead* head) {
  if (head->headers.Count("Transfer-Encoding") > 0) {
    if (auto fault = CheckTransferEncoding(*head)) return fault;
    head->framing = BodyFraming::kChunked;
    return std::nullopt;
  }
  if (head->headers.Count("Content-Length") > 0) {
    if (auto fault = ParseContentLength(head)) return fault;
    head->framing = head->content_length > 0 ? BodyFraming::kLength : BodyFraming::kNone;
    return std::nullopt;
  }
  // A PUT or PATCH without a length is complete as it is (RFC 9112, 6.3), and answered 405 later.
  if (head->method == "POST") {
    return Fault(ProblemCode::kLengthRequired, "the request needs a Content-Length");
  }
  return std::nullopt;
}

// The options of all Connection fields; any but these two concern proxies.
std::optional<HeadFault> ReadConnectionOptions(RequestHead* head) {
  bool close = false;
  bool keep_alive = false;
  for (std::size_t i = 0; i < head->headers.size(); ++i) {
    const auto [name, value] = head->headers[i];
    if (!EqualsIgnoreCase(name, "Connection")) continue;
    std::string_view rest = value;
    while (true) {
      const std::size_t comma = rest.find(',');
      const std::string_view option = TrimOws(rest.substr(0, comma));
      if (!option.empty() && !IsToken(option)) {
        return Fault(ProblemCode::kMalformedRequest, "the Connection field is not a list");
      }
      close = close || EqualsIgnoreCase(option, "close");
      keep_alive = keep_alive || EqualsIgnoreCase(option, "keep-alive");
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  head->keep_alive = !close && (head->minor_version == 1 || keep_alive);
  return std::nullopt;
}

std::optional<HeadFault> ReadExpectation(RequestHead* head) {
  const std::size_t count = head->headers.Count("Expect");
  if (count == 0 || head->minor_version == 0) return std::nullopt;
  if (count > 1 || !EqualsIgnoreCase(*head->headers.Find("Expect"), "100-continue")) {
    return Fault(ProblemCode::kExpectationFailed, "the only expectation met is \"100-continue\"");
  }
  head->expects_continue = head->framing != BodyFraming::kNone;
  return std::nullopt;
}

}  // namespace

bool IsKnownMethod(std::string_view method) {
  return std::find(kKnownMethods.begin(), kKnownMethods.end(), method) != kKnownMethods.end();
}

std::string_view MethodName(std::string_view method) {
  const auto known = std::find(kKnownMethods.begin(), kKnownMethods.end(), method);
  return known == kKnownMethods.end() ? "other" : *known;
}

std::optional<HeadFault> SplitFieldLine(std::string_view line, HeaderList::Field* field) {
  if (line.starts_with(' ') || line.starts_with('\t')) {
    return Fault(ProblemCode::kMalformedRequest, "a header field is folded over lines");
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) {
    return Fault(ProblemCode::kMalformedRequest, "a header field has no valid name");
  }
  field->name = line.substr(0, colon);
  field->value = TrimOws(line.substr(colon + 1));
  if (std::any_of(field->value.begin(), field->value.end(), IsForbiddenInValue)) {
    return Fault(ProblemCode::kMalformedRequest, "a header field has a control character");
  }
  return std::nullopt;
}

std::optional<HeadFault> ParseHead(std::string_view bytes, const HeadLimits& limits,
                                   RequestHead* head) {
  const std::size_t line_end = bytes.find("\r\n");
  if (line_end == std::string_view::npos || !bytes.ends_with("\r\n\r\n")) {
    return Fault(ProblemCode::kMalformedRequest, "the head has no end");
  }
  const auto line_fault = ParseRequestLine(bytes.substr(0, line_end), limits, head);
  const std::string_view block = bytes.substr(line_end + 2, bytes.size() - line_end - 4);
  // The fields are read even so: a refusal carries the client's request id.
  const auto field_fault = ParseFields(block, limits, head);
  if (line_fault) return line_fault;
  if (field_fault) return field_fault;
  if (auto fault = CheckHost(*head)) return fault;
  if (auto fault = ReadFraming(head)) return fault;
  if (auto fault = ReadConnectionOptions(head)) return fault;
  return ReadExpectation(head);
}

}  // namespace oncegate
