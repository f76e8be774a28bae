// One log line as text. Pure.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "dedupe/types/identity.h"
#include "server/log/logger.h"

namespace oncegate {

std::string_view ToString(LogLevel level);

/// A JSON object without a newline: time, level, message, then the fields in order. Always valid
/// JSON in UTF-8: bytes that are not UTF-8 become U+FFFD, numbers that JSON lacks become null.
std::string FormatLogLine(WallTime time, LogLevel level, std::string_view message,
                          std::initializer_list<LogField> fields);

}  // namespace oncegate
