#include "server/decode/bounded_output.h"

#include <algorithm>

namespace oncegate {
namespace {

constexpr std::size_t kExpectedRatio = 4;  // Of JSON; a wrong guess costs a copy.
constexpr std::size_t kStepBytesMin = 4096;
constexpr std::size_t kStepBytesMax = 256 * 1024;  // Touched at most beyond what is filled.

}  // namespace

DecompressError TooLarge(std::size_t bytes_max) {
  return {DecompressFault::kTooLarge,
          "more than " + std::to_string(bytes_max) + " bytes when decompressed"};
}

DecompressError Malformed(std::string detail) {
  return {DecompressFault::kMalformed, std::move(detail)};
}

BoundedOutput::BoundedOutput(std::size_t input_bytes, std::size_t bytes_max)
    : bytes_max_(bytes_max) {
  text_.reserve(std::min(std::max(input_bytes * kExpectedRatio, kStepBytesMin), bytes_max + 1));
}

// Memory that is reserved but not touched costs nothing, so a large output moves to its final place
// early: copying a nearly full string would take twice the bound for a moment.
BoundedOutput::Room BoundedOutput::MakeRoom() {
  if (used_ == text_.size()) {
    const std::size_t limit = bytes_max_ + 1;
    if (text_.size() == text_.capacity()) {
      const std::size_t doubled = text_.capacity() * 2;
      text_.reserve(doubled > limit / 4 ? std::max(limit, text_.capacity()) : doubled);
    }
    const std::size_t step = std::clamp(used_, kStepBytesMin, kStepBytesMax);
    text_.resize(std::min({text_.capacity(), used_ + step, limit}));
  }
  return {text_.data() + used_, text_.size() - used_};
}

std::string BoundedOutput::Take() {
  text_.resize(used_);
  return std::move(text_);
}

}  // namespace oncegate
