// Logger: one JSON object a line on standard error, escaped by a library. No payloads, no secrets,
// no connection strings: fields are names, counts, codes and request ids.
//
// Thread-safe. Constructed once by the application and handed to whoever logs.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace oncegate {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };

struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, double, bool> value;
};

class Logger {
 public:
  explicit Logger(LogLevel level);
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  /// `message` is a constant sentence; what varies goes into fields.
  void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});
  bool IsEnabled(LogLevel level) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace oncegate
