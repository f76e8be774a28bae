#include "sinks/postgres/utf8_range.h"

#include <cstdint>

namespace oncegate::postgres {
namespace {

constexpr std::uint32_t kSurrogatesBegin = 0xd800;
constexpr std::uint32_t kSurrogatesEnd = 0xe000;
constexpr std::uint32_t kCodePointMax = 0x10ffff;

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; }

/// Removes the last code point of a text that is not empty and gives it.
std::uint32_t PopCodePoint(std::string* text) {
  std::size_t at = text->size() - 1;
  while (at > 0 && IsContinuation((*text)[at])) --at;
  const auto lead = static_cast<unsigned char>((*text)[at]);
  std::uint32_t point = lead < 0x80U   ? lead
                        : lead < 0xe0U ? lead & 0x1fU
                        : lead < 0xf0U ? lead & 0x0fU
                                       : lead & 0x07U;
  for (std::size_t i = at + 1; i < text->size(); ++i) {
    point = (point << 6U) | (static_cast<unsigned char>((*text)[i]) & 0x3fU);
  }
  text->resize(at);
  return point;
}

void AppendCodePoint(std::uint32_t point, std::string* text) {
  const auto append = [text](std::uint32_t byte) { text->push_back(static_cast<char>(byte)); };
  if (point < 0x80) return append(point);
  if (point < 0x800) {
    append(0xc0U | (point >> 6U));
  } else if (point < 0x10000) {
    append(0xe0U | (point >> 12U));
    append(0x80U | ((point >> 6U) & 0x3fU));
  } else {
    append(0xf0U | (point >> 18U));
    append(0x80U | ((point >> 12U) & 0x3fU));
    append(0x80U | ((point >> 6U) & 0x3fU));
  }
  append(0x80U | (point & 0x3fU));
}

}  // namespace

std::string EndOfPrefix(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty()) {
    std::uint32_t next = PopCodePoint(&end) + 1;
    if (next == kSurrogatesBegin) next = kSurrogatesEnd;
    if (next > kCodePointMax) continue;
    AppendCodePoint(next, &end);
    break;
  }
  return end;
}

}  // namespace oncegate::postgres
