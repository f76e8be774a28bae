#include "sinks/sink.h"

namespace oncegate {

std::string_view ToString(SinkErrorClass error_class) {
  switch (error_class) {
    case SinkErrorClass::kRestart:
      return "restart";
    case SinkErrorClass::kConnection:
      return "connection";
    case SinkErrorClass::kStream:
      return "stream";
    case SinkErrorClass::kRefused:
      return "refused";
  }
  return "";
}

}  // namespace oncegate
