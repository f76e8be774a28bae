// TokenCursor: walks over the tokens of one indexed JSON text, forwards only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dedupe/types/check.h"
#include "server/decode/structural_index.h"

namespace oncegate {

class TokenCursor {
 public:
  TokenCursor() = default;
  /// Valid until the index is built anew.
  TokenCursor(std::string_view text, const StructuralIndex& index)
      : text_(text), next_(index.begin()), end_(index.end()) {}

  bool AtEnd() const { return next_ == end_; }
  /// First byte of the next token; NUL at the end.
  char Peek() const { return AtEnd() ? '\0' : text_[*next_]; }
  /// Offset of the next token; the size of the text at the end.
  std::size_t Offset() const { return AtEnd() ? text_.size() : *next_; }

  /// The next token up to the one that follows it, without the white space between them.
  std::string_view Take() {
    CHECK(!AtEnd());
    const char* begin = text_.data() + next_[0];
    const char* end = text_.data() + next_[1];
    ++next_;
    while (end - begin > 1 && IsWhiteSpace(end[-1])) --end;
    return {begin, static_cast<std::size_t>(end - begin)};
  }
  /// Steps over a token of one byte.
  void Skip() { ++next_; }

  /// Bytes from `begin` up to the next token, without white space before that.
  std::string_view SliceFrom(std::size_t begin) const {
    std::size_t end = Offset();
    while (end > begin && IsWhiteSpace(text_[end - 1])) --end;
    return text_.substr(begin, end - begin);
  }

  std::size_t OffsetOf(const char* byte) const {
    return static_cast<std::size_t>(byte - text_.data());
  }

 private:
  static bool IsWhiteSpace(char byte) {
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
  }

  std::string_view text_;
  const std::uint32_t* next_ = nullptr;
  const std::uint32_t* end_ = nullptr;
};

}  // namespace oncegate
