#include "sinks/files/event_line.h"

#include <string_view>

#include "sinks/common/json_members.h"
#include "sinks/sqlite/text_time.h"

namespace oncegate::files {
namespace {

void AppendEscaped(unsigned char byte, std::string* out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  if (byte == '"' || byte == '\\') {
    out->push_back('\\');
    out->push_back(static_cast<char>(byte));
  } else if (byte < 0x20) {
    out->append("\\u00");
    out->push_back(kHex[byte >> 4]);
    out->push_back(kHex[byte & 15]);
  } else {
    out->push_back(static_cast<char>(byte));
  }
}

/// Precondition: UTF-8, as every text of an event is.
void AppendText(std::string_view text, std::string* out) {
  out->push_back('"');
  for (const char c : text) AppendEscaped(static_cast<unsigned char>(c), out);
  out->push_back('"');
}

void AppendTextOrNull(std::string_view text, std::string* out) {
  if (text.empty()) {
    out->append("null");
  } else {
    AppendText(text, out);
  }
}

void AppendTime(WallTime time, std::string* out) {
  const sqlite::TimeText text = sqlite::FormatTime(time);
  AppendText(sqlite::ViewOf(text), out);
}

}  // namespace

void AppendEventLine(const Event& event, WallTime applied_at, std::string* out) {
  const bool deleted = event.operation == Operation::kDelete;
  out->append(R"({"key":)");
  AppendTextOrNull(event.key_is_default ? "" : event.key, out);
  out->append(deleted ? R"(,"op":"delete","value":)" : R"(,"op":"upsert","value":)");
  const std::size_t value_begin = out->size();
  out->append(deleted ? "null" : event.value);
  PutOnOneLine(value_begin, out);
  out->append(R"(,"producer":)");
  AppendTextOrNull(event.producer, out);
  out->append(R"(,"epoch":)");
  out->append(event.producer.empty() ? "null" : std::to_string(event.epoch.value));
  out->append(R"(,"seq":)");
  out->append(event.sequence ? std::to_string(event.sequence->value) : "null");
  out->append(R"(,"id":)");
  AppendTextOrNull(event.id, out);
  out->append(R"(,"version":)");
  out->append(event.version ? ToDecimal(*event.version) : "null");
  out->append(R"(,"event_time":)");
  if (event.event_time) {
    AppendTime(*event.event_time, out);
  } else {
    out->append("null");
  }
  out->append(R"(,"applied_at":)");
  AppendTime(applied_at, out);
  out->append("}\n");
}

}  // namespace oncegate::files
