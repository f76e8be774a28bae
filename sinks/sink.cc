#include "sinks/sink.h"

namespace oncegate {

std::string_view ToString(TargetKind kind) {
  switch (kind) {
    case TargetKind::kDocument:
      return "document";
    case TargetKind::kAppend:
      return "append";
    case TargetKind::kColumns:
      return "columns";
  }
  return "";
}

std::optional<TargetKind> ParseTargetKind(std::string_view text) {
  for (const TargetKind kind : {TargetKind::kDocument, TargetKind::kAppend, TargetKind::kColumns}) {
    if (text == ToString(kind)) return kind;
  }
  return std::nullopt;
}

std::string_view ToString(UnknownFields unknown_fields) {
  switch (unknown_fields) {
    case UnknownFields::kReject:
      return "reject";
    case UnknownFields::kIgnore:
      return "ignore";
    case UnknownFields::kColumn:
      return "column";
  }
  return "";
}

std::optional<UnknownFields> ParseUnknownFields(std::string_view text) {
  for (const UnknownFields value :
       {UnknownFields::kReject, UnknownFields::kIgnore, UnknownFields::kColumn}) {
    if (text == ToString(value)) return value;
  }
  return std::nullopt;
}

std::string_view ToString(DeleteKind kind) {
  switch (kind) {
    case DeleteKind::kHard:
      return "hard";
    case DeleteKind::kSoft:
      return "soft";
  }
  return "";
}

std::optional<DeleteKind> ParseDeleteKind(std::string_view text) {
  for (const DeleteKind kind : {DeleteKind::kHard, DeleteKind::kSoft}) {
    if (text == ToString(kind)) return kind;
  }
  return std::nullopt;
}

SinkStatus SinkSession::AddColumns(const StreamTarget& target, std::span<const NewColumn>) {
  return SinkError{SinkErrorClass::kStream,
                   "the sink of stream \"" + target.stream + "\" adds no columns", ""};
}

SinkResult<std::string> SinkSession::SweepGuards(const GuardSweep&) { return std::string(); }

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
