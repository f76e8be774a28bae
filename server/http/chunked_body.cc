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

bool IsAllowedInExtension(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\t' || (byte >= 0x20 && byte != 0x7f);
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
  if (!extension.empty() && extension.front() != ';') {
    return Fail(ProblemCode::kMalformedChunk, "a chunk size is followed by something else");
  }
  if (!std::all_of(extension.begin(), extension.end(), IsAllowedInExtension)) {
    return Fail(ProblemCode::kMalformedChunk, "a chunk extension has a control character");
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
