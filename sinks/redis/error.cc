#include "sinks/redis/error.h"

namespace oncegate::redis {

RedisError ErrorOfReply(std::string_view text) {
  return {std::string(text.substr(0, text.find(' '))), std::string(text), false};
}

SinkError ToSinkError(const RedisError& error) {
  return {SinkErrorClass::kConnection, error.message, error.code};
}

SinkError ToStreamError(const RedisError& error) {
  SinkError failed = ToSinkError(error);
  if (error.code == "NOPERM" || error.code == kWrongType) {
    failed.error_class = SinkErrorClass::kStream;
  }
  return failed;
}

}  // namespace oncegate::redis
