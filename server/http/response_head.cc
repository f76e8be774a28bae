#include "server/http/response_head.h"

#include <array>
#include <cstdio>

#include "server/http/json_writer.h"
#include "server/http/problem.h"

namespace oncegate {
namespace {

void AppendField(std::string_view name, std::string_view value, std::string* out) {
  out->append(name);
  out->append(": ");
  out->append(value);
  out->append("\r\n");
}

}  // namespace

void AppendResponseHead(const HttpResponse& response, const ResponseFraming& framing,
                        std::string* out) {
  out->append("HTTP/1.1 ");
  AppendInteger(out, response.status);
  out->push_back(' ');
  out->append(ReasonPhrase(response.status));
  out->append("\r\n");
  AppendField("Date", framing.date, out);
  AppendField("X-Request-Id", framing.request_id, out);
  if (!response.content_type.empty()) AppendField("Content-Type", response.content_type, out);
  for (const HttpHeader& header : response.headers) AppendField(header.name, header.value, out);
  if (response.status != 204) {
    out->append("Content-Length: ");
    AppendUnsigned(out, response.body.size());
    out->append("\r\n");
  }
  if (!framing.keep_alive) {
    AppendField("Connection", "close", out);
  } else if (framing.say_keep_alive) {
    AppendField("Connection", "keep-alive", out);
  }
  out->append("\r\n");
}

std::string_view DateText::Now() {
  const std::time_t now = std::time(nullptr);
  if (now == second_) return text_;
  second_ = now;
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[64];
  const int size = std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                 kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                                 kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900,
                                 utc.tm_hour, utc.tm_min, utc.tm_sec);
  text_.assign(text, static_cast<std::size_t>(size));
  return text_;
}

}  // namespace oncegate
