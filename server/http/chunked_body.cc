#include "server/http/chunked_body.h"

#include <algorithm>

#include "server/http/ascii.h"

namespace oncegate {
namespace {

// A chunk line without its CRLF, and a trailer line: longer ones are no client's.
constexpr std::size_t kLineBytesMax = 4096;
constexpr std::size_t kSizeDigitsMax = 16;

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  const char lower = ToLowerAscii(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::size_t TokenSize(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && IsTokenChar(text[size])) ++size;
  return size;
}

// Fields that say where a message ends or goes never stand in a trailer (RFC 9110, section 6.5.1);
// a parser that takes them from there would read another request.
bool IsAboutFraming(std::string_view name) {
  return EqualsIgnoreCase(name, "Content-Length") || EqualsIgnoreCase(name, "Transfer-Encoding") ||
         EqualsIgnoreCase(name, "Connection") || EqualsIgnoreCase(name, "Host");
}

// Of a quoted-string with both quotes; 0: it is none. Visible ASCII, SP and HTAB only.
std::size_t QuotedSize(std::string_view text) {
  if (!text.starts_with('"')) return 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1;
    if (text[i] == '\\') ++i;
    if (i == text.size() || ((text[i] < 0x20 || text[i] == 0x7f) && text[i] != '\t')) return 0;
  }
  return 0;
}

// *( ";" token [ "=" ( token / quoted-string ) ] ), without the white space that RFC 9112 calls
// bad.
bool IsExtension(std::string_view text) {
  while (!text.empty()) {
    if (text.front() != ';') return false;
    text.remove_prefix(1);
    const std::size_t name = TokenSize(text);
    if (name == 0) return false;
    text.remove_prefix(name);
    if (!text.starts_with('=')) continue;
    text.remove_prefix(1);
    const std::size_t value = text.starts_with('"') ? QuotedSize(text) : TokenSize(text);
    if (value == 0) return false;
    text.remove_prefix(value);
  }
  return true;
}

}  // namespace

ChunkedBody::Progress ChunkedBody::Fail(ProblemCode code, std::string_view detail) {
  fault_ = {code, detail};
  return Progress::kFault;
}

bool ChunkedBody::CountOverhead(std::size_t bytes) {
  overhead_bytes_ += bytes;
  return overhead_bytes_ <= limits_.overhead_bytes;
}

ChunkedBody::Progress ChunkedBody::TakeSizeLine(std::string_view line, std::size_t body_bytes) {
  std::uint64_t size = 0;
  std::size_t digits = 0;
  for (; digits < line.size() && HexDigit(line[digits]) >= 0; ++digits) {
    if (digits == kSizeDigitsMax) return Fail(ProblemCode::kMalformedChunk, "a chunk is too large");
    size = size * 16 + static_cast<std::uint64_t>(HexDigit(line[digits]));
  }
  if (digits == 0) return Fail(ProblemCode::kMalformedChunk, "a chunk has no size");
  const std::string_view extension = line.substr(digits);
  if (!IsExtension(extension)) {
    return Fail(ProblemCode::kMalformedChunk, "a chunk size is followed by something else");
  }
  // Size lines of many tiny chunks are the client's right; only what extends them counts.
  if (!CountOverhead(extension.size())) {
    return Fail(ProblemCode::kMalformedChunk, "there are too many chunk extensions");
  }
  if (size > limits_.body_bytes - std::min(body_bytes, limits_.body_bytes)) {
    return Fail(ProblemCode::kBodyTooLarge, "the body is larger than limits.body_bytes");
  }
  chunk_left_ = size;
  state_ = size > 0 ? State::kData : State::kTrailer;
  return Progress::kIncomplete;
}

ChunkedBody::Progress ChunkedBody::TakeTrailer(std::string_view line) {
  if (line.empty()) return Progress::kComplete;
  HeaderList::Field field;
  if (auto fault = SplitFieldLine(line, &field)) return Fail(fault->code, fault->detail);
  if (IsAboutFraming(field.name)) {
    return Fail(ProblemCode::kMalformedRequest, "a trailer belongs into the head");
  }
  if (!CountOverhead(line.size())) {
    return Fail(ProblemCode::kHeadersTooLarge, "the trailers are too large");
  }
  return Progress::kIncomplete;
}

ChunkedBody::Progress ChunkedBody::Feed(std::string_view* input, std::string* body) {
  while (true) {
    if (state_ == State::kData) {
      const auto taken =
          static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, input->size()));
      body->append(input->substr(0, taken));
      input->remove_prefix(taken);
      chunk_left_ -= taken;
      if (chunk_left_ > 0) return Progress::kIncomplete;
      state_ = State::kDataEnd;
    }
    const std::size_t newline = input->find('\n');
    if (newline == std::string_view::npos) {
      if (input->size() > kLineBytesMax) {
        return Fail(ProblemCode::kMalformedChunk, "a chunk line is too long");
      }
      // What can not become a line end is refused without waiting for it.
      if (state_ == State::kDataEnd && !input->empty() && *input != "\r") {
        return Fail(ProblemCode::kMalformedChunk, "chunk data is longer than its size");
      }
      return Progress::kIncomplete;
    }
    if (newline == 0 || (*input)[newline - 1] != '\r') {
      return Fail(ProblemCode::kMalformedChunk, "a chunk line ends in LF without CR");
    }
    const std::string_view line = input->substr(0, newline - 1);
    if (line.size() > kLineBytesMax) {
      return Fail(ProblemCode::kMalformedChunk, "a chunk line is too long");
    }
    if (state_ == State::kDataEnd) {
      if (!line.empty()) {
        return Fail(ProblemCode::kMalformedChunk, "chunk data is longer than its size");
      }
      state_ = State::kSizeLine;
    } else {
      const Progress progress =
          state_ == State::kSizeLine ? TakeSizeLine(line, body->size()) : TakeTrailer(line);
      if (progress == Progress::kFault) return progress;
      if (progress == Progress::kComplete) {
        input->remove_prefix(newline + 1);
        return progress;
      }
    }
    input->remove_prefix(newline + 1);
  }
}

}  // namespace oncegate
