// The head of an answer as bytes.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "server/http/message.h"

namespace oncegate {

/// What the connection adds to a handler's answer.
struct ResponseFraming {
  std::string_view request_id;
  std::string_view date;  // IMF-fixdate.
  bool keep_alive = true;
  bool say_keep_alive = false;  // HTTP/1.0 clients want to hear it.
};

/// Appends status line, fields and the empty line. Content-Length is that of the body, also for
/// HEAD; a 204 has none.
void AppendResponseHead(const HttpResponse& response, const ResponseFraming& framing,
                        std::string* out);

/// IMF-fixdate (RFC 9110, section 5.6.7), made anew once a second. Not thread-safe.
class DateText {
 public:
  std::string_view Now();

 private:
  std::time_t second_ = -1;
  std::string text_;
};

}  // namespace oncegate
