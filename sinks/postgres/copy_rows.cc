#include "sinks/postgres/copy_rows.h"

#include <charconv>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "dedupe/types/check.h"
#include "sinks/postgres/binary.h"

namespace oncegate::postgres {
namespace {

constexpr std::string_view kHead("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", 19);
constexpr std::int16_t kColumns = 10;
constexpr std::int16_t kEnd = -1;
/// Of a row without its texts, for the reservation.
constexpr std::size_t kRowBytes = 120;

void AppendInt16(std::int16_t value, std::string* out) {
  const auto bits = static_cast<std::uint16_t>(value);
  out->push_back(static_cast<char>(bits >> 8));
  out->push_back(static_cast<char>(bits & 0xff));
}

void AppendHead(std::size_t size, std::string* out) {
  CHECK(size <= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()));
  AppendInt32(static_cast<std::uint32_t>(size), out);
}

void AppendField(std::string_view bytes, std::string* out) {
  AppendHead(bytes.size(), out);
  out->append(bytes);
}

void AppendNull(std::string* out) { AppendInt32(~std::uint32_t{0}, out); }

void AppendText(std::string_view text, std::string* out) {
  text.empty() ? AppendNull(out) : AppendField(text, out);
}

void AppendJson(std::string_view text, std::string* out) {
  AppendHead(text.size() + 1, out);
  out->push_back('\x01');
  out->append(text);
}

void AppendRow(const Event& row, std::string_view applied_at, std::string* out) {
  const bool is_delete = row.operation == Operation::kDelete;
  AppendInt16(kColumns, out);
  row.key_is_default ? AppendNull(out) : AppendField(row.key, out);
  is_delete ? AppendNull(out) : AppendJson(row.value, out);
  AppendText(row.producer, out);
  row.producer.empty() ? AppendNull(out) : AppendField(BinaryInt64(row.epoch.value), out);
  row.sequence ? AppendField(BinaryInt64(row.sequence->value), out) : AppendNull(out);
  AppendText(row.id, out);
  row.version ? AppendField(BinaryNumeric(*row.version), out) : AppendNull(out);
  row.event_time ? AppendField(BinaryTime(*row.event_time), out) : AppendNull(out);
  AppendField(BinaryBool(is_delete), out);
  AppendField(applied_at, out);
}

}  // namespace

std::string BinaryNumeric(const Version& version) {
  constexpr std::size_t kDigits = 4;  // Decimal ones of one digit to base 10,000.
  const std::string decimal = ToDecimal(version);
  const auto count = static_cast<std::int16_t>((decimal.size() + kDigits - 1) / kDigits);
  std::string bytes;
  AppendInt16(count, &bytes);
  AppendInt16(static_cast<std::int16_t>(count - 1), &bytes);
  AppendInt16(0, &bytes);
  AppendInt16(0, &bytes);
  for (std::size_t at = 0, end = decimal.size() - kDigits * (static_cast<std::size_t>(count) - 1);
       at < decimal.size(); at = end, end += kDigits) {
    std::int16_t digit = 0;
    std::from_chars(decimal.data() + at, decimal.data() + end, digit);
    AppendInt16(digit, &bytes);
  }
  return bytes;
}

std::string CopyRows(std::span<const Event* const> rows, WallTime applied_at) {
  std::size_t text_bytes = 0;
  for (const Event* row : rows) {
    text_bytes += row->key.size() + row->value.size() + row->producer.size() + row->id.size();
  }
  std::string data;
  data.reserve(kHead.size() + rows.size() * kRowBytes + text_bytes);
  data = kHead;
  const std::string applied = BinaryTime(applied_at);
  for (const Event* row : rows) AppendRow(*row, applied, &data);
  AppendInt16(kEnd, &data);
  return data;
}

}  // namespace oncegate::postgres
