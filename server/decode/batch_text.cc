#include "server/decode/batch_text.h"

#include <algorithm>
#include <functional>
#include <string>

namespace oncegate {
namespace {

// Chunks double, so that a single record costs little and ten thousand cost few allocations.
constexpr std::size_t kChunkBytesMin = 64;
constexpr std::size_t kChunkBytesMax = 64 * 1024;

}  // namespace

std::string_view BatchText::Keep(std::string_view text) {
  const std::string& body = batch_->body;
  const std::less_equal<> not_behind;  // A total order over pointers, unlike the bare operator.
  const bool in_body = not_behind(body.data(), text.data()) &&
                       not_behind(text.data() + text.size(), body.data() + body.size());
  return in_body ? text : Join({text});
}

std::string_view BatchText::Join(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  std::list<std::string>& arena = batch_->arena;
  if (chunk_bytes_ == 0 || arena.back().capacity() - arena.back().size() < size) {
    chunk_bytes_ = std::clamp(chunk_bytes_ * 2, kChunkBytesMin, kChunkBytesMax);
    arena.emplace_back().reserve(std::max(chunk_bytes_, size));
  }
  std::string& chunk = arena.back();
  const std::size_t begin = chunk.size();
  for (const std::string_view part : parts) chunk.append(part);
  return std::string_view(chunk).substr(begin);
}

}  // namespace oncegate
