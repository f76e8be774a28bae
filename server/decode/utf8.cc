#include "server/decode/utf8.h"

#include <algorithm>
#include <cstdint>

namespace oncegate {
namespace {

unsigned ByteAt(std::string_view text, std::size_t position) {
  return position < text.size() ? static_cast<unsigned char>(text[position]) : 0U;
}

bool IsContinuation(unsigned byte) { return (byte & 0xC0U) == 0x80U; }

// Bytes of the well-formed character at `position`, 0 if there is none (Unicode 15, table 3-7).
std::size_t CharacterBytes(std::string_view text, std::size_t position) {
  const unsigned first = ByteAt(text, position);
  const unsigned second = ByteAt(text, position + 1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return IsContinuation(second) ? 2 : 0;
  const bool third_continues = IsContinuation(ByteAt(text, position + 2));
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return second >= low && second <= high && third_continues ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    const bool fourth_continues = IsContinuation(ByteAt(text, position + 3));
    return second >= low && second <= high && third_continues && fourth_continues ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::size_t ValidUtf8Prefix(std::string_view text) {
  std::size_t position = 0;
  while (position < text.size()) {
    const std::size_t bytes = CharacterBytes(text, position);
    if (bytes == 0) return position;
    position += bytes;
  }
  return position;
}

void AppendUtf8(char32_t code_point, std::string* text) {
  const auto tail = [&](int shift) {
    text->push_back(static_cast<char>(0x80U | ((code_point >> shift) & 0x3FU)));
  };
  if (code_point < 0x80) {
    text->push_back(static_cast<char>(code_point));
  } else if (code_point < 0x800) {
    text->push_back(static_cast<char>(0xC0U | (code_point >> 6)));
    tail(0);
  } else if (code_point < 0x10000) {
    text->push_back(static_cast<char>(0xE0U | (code_point >> 12)));
    tail(6);
    tail(0);
  } else {
    text->push_back(static_cast<char>(0xF0U | (code_point >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

std::string_view TruncateUtf8(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && IsContinuation(ByteAt(text, end))) --end;
  return text.substr(0, end);
}

bool HasControlCharacter(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned byte = ByteAt(text, i);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte == 0xC2 && ByteAt(text, i + 1) < 0xA0) return true;
  }
  return false;
}

}  // namespace oncegate
