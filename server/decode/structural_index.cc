#include "server/decode/structural_index.h"

#include <simdjson.h>

#include <algorithm>

#include "server/decode/utf8.h"

namespace oncegate {
namespace {

constexpr std::size_t kCapacityBytesMin = 4096;
// What a thread keeps for its next text is no larger.
constexpr std::size_t kSpareCapacityBytesMax = std::size_t{64} * 1024;

// simdjson says that something is wrong, not where. Quotes are paired as simdjson pairs them: a
// backslash takes the next byte with it, outside of strings too.
IndexError LocateStringFault(std::string_view text) {
  std::size_t opening = 0;
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (inside && byte < 0x20) {
      return {IndexFault::kMalformed, i, "a control character in a string must be escaped"};
    }
    if (byte == '\\') {
      ++i;
      if (inside && i < text.size() && static_cast<unsigned char>(text[i]) < 0x20) --i;
    } else if (byte == '"') {
      inside = !inside;
      if (inside) opening = i;
    }
  }
  if (inside) return {IndexFault::kMalformed, opening, "the string that begins here has no end"};
  return {IndexFault::kMalformed, 0, "this is not JSON"};
}

IndexError LocateFault(std::string_view text) {
  const std::size_t valid = ValidUtf8Prefix(text);
  if (valid != text.size()) return {IndexFault::kInvalidUtf8, valid, kNotUtf8Message};
  return LocateStringFault(text);
}

}  // namespace

struct StructuralIndex::Parser {
  std::size_t Capacity() const {
    return simdjson.implementation == nullptr ? 0 : simdjson.implementation->capacity();
  }

  simdjson::dom::parser simdjson;
};

// A parser allocates four times before it reads its first byte: more than reading a small body
// costs.
std::unique_ptr<StructuralIndex::Parser>& StructuralIndex::Spare() {
  thread_local std::unique_ptr<Parser> spare;
  return spare;
}

StructuralIndex::StructuralIndex()
    : parser_(Spare() ? std::move(Spare()) : std::make_unique<Parser>()) {}

StructuralIndex::~StructuralIndex() {
  if (parser_->Capacity() <= kSpareCapacityBytesMax) Spare() = std::move(parser_);
}

IndexError StructuralIndex::Build(std::string_view text) {
  simdjson::dom::parser& parser = parser_->simdjson;
  begin_ = end_ = nullptr;
  const std::size_t capacity_needed_bytes = std::max(text.size(), kCapacityBytesMin);
  if (parser_->Capacity() < capacity_needed_bytes &&
      parser.allocate(capacity_needed_bytes, 1) != simdjson::SUCCESS) {
    return {IndexFault::kTooLarge, 0, "the text is too large"};
  }
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const simdjson::error_code error =
      parser.implementation->stage1(bytes, text.size(), simdjson::stage1_mode::regular);
  if (error == simdjson::EMPTY) return {};
  if (error != simdjson::SUCCESS) return LocateFault(text);
  begin_ = parser.implementation->structural_indexes.get();
  end_ = begin_ + parser.implementation->n_structural_indexes;
  return {};
}

}  // namespace oncegate
