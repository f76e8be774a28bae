#include "sinks/postgres/copy_text.h"

#include <charconv>
#include <cstdint>
#include <string_view>

namespace oncegate::postgres {
namespace {

constexpr std::string_view kNull = "\\N";
constexpr std::size_t kFixedBytesPerRow = 96;  // Numbers, times, separators: an estimate.

void AppendEscaped(std::string_view text, std::string* out) {
  for (;;) {
    const std::size_t plain = text.find_first_of("\\\t\n\r");
    out->append(text.substr(0, plain));
    if (plain == std::string_view::npos) return;
    out->push_back('\\');
    switch (text[plain]) {
      case '\t':
        out->push_back('t');
        break;
      case '\n':
        out->push_back('n');
        break;
      case '\r':
        out->push_back('r');
        break;
      default:
        out->push_back('\\');
    }
    text.remove_prefix(plain + 1);
  }
}

void AppendNumber(std::int64_t number, std::string* out) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  static_cast<void>(error);  // 24 characters hold every 64-bit number.
  out->append(digits, end);
}

void AppendText(std::string_view text, std::string* out) {
  if (text.empty()) {
    out->append(kNull);
  } else {
    AppendEscaped(text, out);
  }
}

void AppendRow(const Event& row, std::string* out) {
  AppendEscaped(row.key, out);
  out->push_back('\t');
  if (row.operation == Operation::kUpsert) {
    AppendEscaped(row.value, out);
  } else {
    out->append(kNull);
  }
  out->push_back('\t');
  AppendText(row.producer, out);
  out->push_back('\t');
  if (row.producer.empty()) {
    out->append(kNull);
  } else {
    AppendNumber(row.epoch.value, out);
  }
  out->push_back('\t');
  if (row.sequence) {
    AppendNumber(row.sequence->value, out);
  } else {
    out->append(kNull);
  }
  out->push_back('\t');
  AppendText(row.id, out);
  out->push_back('\t');
  out->append(row.version ? ToDecimal(*row.version) : std::string(kNull));
  out->push_back('\t');
  out->append(row.event_time ? ToRfc3339(*row.event_time) : std::string(kNull));
  out->append(row.operation == Operation::kDelete ? "\tt\n" : "\tf\n");
}

}  // namespace

std::string ToCopyText(std::span<const Event* const> rows) {
  std::size_t bytes = 0;
  for (const Event* row : rows) {
    bytes += row->key.size() + row->value.size() + row->producer.size() + row->id.size() +
             kFixedBytesPerRow;
  }
  std::string text;
  text.reserve(bytes + bytes / 8);
  for (const Event* row : rows) AppendRow(*row, &text);
  return text;
}

}  // namespace oncegate::postgres
