// Where a request ends does not depend on how its bytes arrive, and whatever is let pass is read in
// the same way by Beast's parser: framing, body, and the place where the next request begins.
#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dedupe/types/check.h"
#include "server/http/chunked_body.h"
#include "server/http/header_guard.h"
#include "server/http/media_type.h"
#include "server/http/uri.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/targets.h"

namespace oncegate::fuzz {
namespace {

namespace http = boost::beast::http;

constexpr HeadLimits kHeadLimits{.head_bytes = 2048, .target_bytes = 1024, .fields = 20};
constexpr ChunkedBody::Limits kBodyLimits{.body_bytes = 4096, .overhead_bytes = 512};

/// How the next piece of the bytes is chosen; 0 bytes a piece: all at once.
struct Arrival {
  std::size_t piece_bytes = 0;
  std::size_t Next(std::size_t arrived, std::size_t size) const {
    return piece_bytes == 0 ? size : std::min(arrived + piece_bytes, size);
  }
};

struct HeadReading {
  HeadScanner::Progress progress = HeadScanner::Progress::kIncomplete;
  std::size_t begin = 0;
  std::size_t end = 0;
  friend bool operator==(const HeadReading&, const HeadReading&) = default;
};

HeadReading ScanHead(std::string_view bytes, const Arrival& arrival) {
  HeadScanner scanner;
  HeadReading reading;
  for (std::size_t arrived = 0; reading.progress == HeadScanner::Progress::kIncomplete;) {
    arrived = arrival.Next(arrived, bytes.size());
    reading.progress = scanner.Scan(bytes.substr(0, arrived), kHeadLimits);
    if (arrived == bytes.size()) break;
  }
  if (reading.progress != HeadScanner::Progress::kComplete) return reading;
  reading.begin = scanner.skipped_bytes();
  reading.end = scanner.end();
  CHECK(reading.begin < reading.end && reading.end <= bytes.size());
  CHECK(reading.end - reading.begin <= kHeadLimits.head_bytes);
  return reading;
}

struct BodyReading {
  ChunkedBody::Progress progress = ChunkedBody::Progress::kIncomplete;
  std::string body;
  std::size_t used = 0;
};

BodyReading ReadChunks(std::string_view bytes, const Arrival& arrival) {
  ChunkedBody decoder(kBodyLimits);
  BodyReading reading;
  for (std::size_t arrived = 0; reading.progress == ChunkedBody::Progress::kIncomplete;) {
    arrived = arrival.Next(arrived, bytes.size());
    std::string_view rest = bytes.substr(reading.used, arrived - reading.used);
    reading.progress = decoder.Feed(&rest, &reading.body);
    reading.used = arrived - rest.size();
    CHECK(reading.body.size() <= kBodyLimits.body_bytes);
    if (arrived == bytes.size()) break;
  }
  if (reading.progress == ChunkedBody::Progress::kFault) {
    CHECK(StatusOf(decoder.fault().code) >= 400);
  }
  return reading;
}

void CheckBeastReadsTheHead(const http::request_parser<http::string_body>& parser,
                            const RequestHead& head) {
  CHECK(parser.is_header_done());
  CHECK(parser.get().method_string() == head.method && parser.get().target() == head.target);
  CHECK(parser.get().version() == (head.minor_version == 1 ? 11U : 10U));
  CHECK(parser.chunked() == (head.framing == BodyFraming::kChunked));
  // Of "keep-alive" and "close" together Beast lets the first win in HTTP/1.0; here "close" does.
  CHECK(parser.keep_alive() || !head.keep_alive);
  const auto length = parser.content_length();
  CHECK(head.framing != BodyFraming::kLength || (length && *length == head.content_length));
  CHECK(head.framing != BodyFraming::kNone || length.value_or(0) == 0);
}

void CheckBeastReadsTheFields(const http::request_parser<http::string_body>& parser,
                              const RequestHead& head) {
  using Field = std::pair<std::string, std::string>;
  std::vector<Field> theirs;
  for (const auto& field : parser.get()) theirs.emplace_back(field.name_string(), field.value());
  std::vector<Field> ours;
  for (std::size_t i = 0; i < head.headers.size(); ++i) {
    ours.emplace_back(head.headers[i].name, head.headers[i].value);
  }
  // Beast keeps fields of one name together.
  std::ranges::sort(theirs);
  std::ranges::sort(ours);
  CHECK(ours == theirs);
}

/// `bytes` is one whole request whose body the decoder took to be `body`.
void CheckBeastAgrees(std::string_view bytes, const RequestHead& head, const std::string* body) {
  http::request_parser<http::string_body> parser;
  parser.eager(body != nullptr);
  boost::system::error_code error;
  const std::size_t used = parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  CHECK(!error || error == http::error::need_more);
  CheckBeastReadsTheHead(parser, head);
  // With the body Beast adds the trailers to the fields.
  if (body == nullptr) return CheckBeastReadsTheFields(parser, head);
  CHECK(!error && parser.is_done() && used == bytes.size() && parser.get().body() == *body);
}

void CheckTarget(const RequestHead& head) {
  const auto target = ParseTarget(head.target);
  if (!target || target->form == TargetForm::kAsterisk) return;
  const std::string_view path = std::string_view(head.target).substr(0, head.target.find('?'));
  const auto slashes = static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
  CHECK(!target->path.empty() && target->path.size() <= std::max<std::size_t>(slashes, 1));
  if (const auto type = head.headers.Find("Content-Type")) ParseMediaType(*type);
  NegotiateCoding(head.headers);
}

}  // namespace

void FuzzRequest(std::string_view input) {
  Input choices(input);
  const Arrival in_pieces{choices.Below(7) + 1};
  const std::string_view bytes = choices.Rest();
  const HeadReading scan = ScanHead(bytes, {});
  // What can not become a request is told as soon as it is seen, so in pieces a fault may show
  // sooner; but then it shows in the end either way.
  const HeadReading scan_in_pieces = ScanHead(bytes, in_pieces);
  const bool is_refused_sooner = scan_in_pieces.progress == HeadScanner::Progress::kFault;
  CHECK(scan == scan_in_pieces || is_refused_sooner);
  if (scan.progress != HeadScanner::Progress::kComplete) return;
  const std::string_view head_bytes = bytes.substr(scan.begin, scan.end - scan.begin);
  RequestHead head;
  if (const auto fault = ParseHead(head_bytes, kHeadLimits, &head)) {
    CHECK(StatusOf(fault->code) >= 400);
    return;
  }
  CHECK(!is_refused_sooner);
  CheckTarget(head);
  // Refused as too large, and so large perhaps that Beast calls it malformed.
  if (head.content_length > kBodyLimits.body_bytes) return;
  CheckBeastAgrees(head_bytes, head, nullptr);
  if (head.framing != BodyFraming::kChunked) return;
  const std::string_view rest = bytes.substr(scan.end);
  const BodyReading whole = ReadChunks(rest, {});
  const BodyReading pieces = ReadChunks(rest, in_pieces);
  CHECK(whole.progress == pieces.progress);
  if (whole.progress != ChunkedBody::Progress::kComplete) return;
  CHECK(whole.used == pieces.used && whole.body == pieces.body);
  CheckBeastAgrees(bytes.substr(scan.begin, scan.end - scan.begin + whole.used), head, &whole.body);
}

}  // namespace oncegate::fuzz
