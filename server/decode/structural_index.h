// StructuralIndex: where the tokens of a JSON text begin. Found by simdjson's first stage, which
// also proves that every string is closed, is UTF-8 and holds no raw control character. It proves
// nothing else: what stands at those places is checked by the walk over them. (simdjson's On-Demand
// front end is not used: it accepts garbage in values that are skipped, and ends at the first
// error.)
//
// Not thread-safe; reused for one text after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace oncegate {

enum class IndexFault : std::uint8_t { kNone, kInvalidUtf8, kMalformed, kTooLarge };

inline constexpr const char* kNotUtf8Message = "this is not UTF-8";

struct IndexError {
  IndexFault fault = IndexFault::kNone;
  std::size_t offset = 0;
  const char* message = "";
};

class StructuralIndex {
 public:
  StructuralIndex();
  ~StructuralIndex();
  StructuralIndex(const StructuralIndex&) = delete;
  StructuralIndex& operator=(const StructuralIndex&) = delete;

  /// Indexes `text`, of which no byte beyond its end is read. A text without tokens is no error.
  IndexError Build(std::string_view text);

  /// Offsets of the tokens in order; one more entry behind the last holds the size of the text.
  const std::uint32_t* begin() const { return begin_; }
  const std::uint32_t* end() const { return end_; }

 private:
  struct Parser;
  /// What the last index of this thread left behind; null if that was too large.
  static std::unique_ptr<Parser>& Spare();

  std::unique_ptr<Parser> parser_;
  const std::uint32_t* begin_ = nullptr;
  const std::uint32_t* end_ = nullptr;
};

}  // namespace oncegate
