#include "server/log/logger.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>

#include "server/log/line.h"

namespace oncegate {
namespace {

WallTime CurrentTime() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count()};
}

}  // namespace

struct Logger::Impl {
  explicit Impl(LogLevel minimum_level)
      : minimum(minimum_level),
        transport("oncegate", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    // Levels are decided above and lines are complete, so spdlog passes everything on as it is.
    transport.set_level(spdlog::level::trace);
    transport.set_pattern("%v");
  }

  const LogLevel minimum;
  spdlog::logger transport;
};

Logger::Logger(LogLevel level) : impl_(std::make_unique<Impl>(level)) {}
Logger::~Logger() = default;

bool Logger::IsEnabled(LogLevel level) const { return level >= impl_->minimum; }

void Logger::Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (!IsEnabled(level)) return;
  const std::string line = FormatLogLine(CurrentTime(), level, message, fields);
  impl_->transport.log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace oncegate
