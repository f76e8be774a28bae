#include "sinks/sink.h"

namespace oncegate {

std::string_view ToString(TargetKind kind) {
  switch (kind) {
    case TargetKind::kDocument:
      return "document";
    case TargetKind::kAppend:
      return "append";
  }
  return "";
}

std::optional<TargetKind> ParseTargetKind(std::string_view text) {
  for (const TargetKind kind : {TargetKind::kDocument, TargetKind::kAppend}) {
    if (text == ToString(kind)) return kind;
  }
  return std::nullopt;
}

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
