#include "server/http/control_answer.h"

#include <cstdint>

namespace oncegate {
namespace {

ProblemCode CodeOf(ControlErrorKind kind, ProblemCode not_found) {
  switch (kind) {
    case ControlErrorKind::kUnknownStream:
      return ProblemCode::kUnknownStream;
    case ControlErrorKind::kNotFound:
      return not_found;
    case ControlErrorKind::kEpochMismatch:
      return ProblemCode::kEpochMismatch;
    case ControlErrorKind::kPending:
      return ProblemCode::kJournalPending;
    case ControlErrorKind::kBadRequest:
      return ProblemCode::kBadSelector;
    case ControlErrorKind::kUnavailable:
      return ProblemCode::kUnavailable;
  }
  return ProblemCode::kInternalError;
}

std::string_view ToString(PurgeMode mode) {
  switch (mode) {
    case PurgeMode::kSeal:
      return "seal";
    case PurgeMode::kForget:
      return "forget";
  }
  return "";
}

std::string_view ToString(JobState state) {
  switch (state) {
    case JobState::kRunning:
      return "running";
    case JobState::kDone:
      return "done";
    case JobState::kFailed:
      return "failed";
  }
  return "";
}

void AppendRanges(const std::vector<SequenceRange>& ranges, std::string* out) {
  out->push_back('[');
  for (const SequenceRange& range : ranges) {
    if (&range != &ranges.front()) out->push_back(',');
    out->push_back('[');
    AppendInteger(out, range.first);
    out->push_back(',');
    AppendInteger(out, range.last);
    out->push_back(']');
  }
  out->push_back(']');
}

void AppendTexts(const std::vector<std::string>& texts, std::string* out) {
  out->push_back('[');
  for (const std::string& text : texts) {
    if (&text != &texts.front()) out->push_back(',');
    AppendJsonString(out, text);
  }
  out->push_back(']');
}

}  // namespace

HttpResponse AnswerControlError(const ControlError& error, ProblemCode not_found) {
  return Refuse(CodeOf(error.kind, not_found), error.message, [&](JsonObject* object) {
    if (error.current_epoch) object->Integer("current_epoch", error.current_epoch->value);
  });
}

void AppendProducer(const ProducerReport& report, std::string* out) {
  JsonObject object(out);
  object.String("stream", report.stream);
  object.String("producer", report.producer);
  object.Integer("epoch", report.epoch.value);
  if (report.window.contiguous_through) {
    object.Integer("contiguous_through", *report.window.contiguous_through);
  } else {
    object.Null("contiguous_through");
  }
  object.Integer("highest_seq", report.window.highest_sequence);
  if (report.is_journaled && report.accepted_through) {
    object.Integer("accepted_through", *report.accepted_through);
  } else if (report.is_journaled) {
    object.Null("accepted_through");
  }
  AppendRanges(report.window.missing, object.Member("missing"));
  object.Integer("floor", report.window.floor);
  // Beyond the last sequence there is 2^63, which no record can have.
  object.Unsigned("next_seq", static_cast<std::uint64_t>(report.window.highest_sequence) + 1);
  object.String("updated_at", ToRfc3339(report.updated_at));
  object.Close();
}

void AppendStream(const StreamReport& report, std::string* out) {
  JsonObject object(out);
  object.String("stream", report.stream);
  object.String("sink", report.sinks.front());
  AppendTexts(report.sinks, object.Member("sinks"));
  object.String("table", report.table);
  object.String("dedupe", report.dedupe);
  object.String("target", report.target);
  object.String("ack", report.ack);
  object.Boolean("implicit", report.implicit);
  object.Close();
}

void AppendSink(const SinkReport& report, std::string* out) {
  JsonObject object(out);
  object.String("sink", report.sink);
  object.String("type", report.type);
  object.String("state", ToString(report.state));
  object.Unsigned("lanes", report.lanes);
  object.Unsigned("queue_bytes", report.queue_bytes);
  if (report.last_error.empty()) {
    object.Null("last_error");
  } else {
    object.String("last_error", report.last_error);
  }
  object.Close();
}

void AppendPurge(const PurgeReport& report, std::string* out) {
  JsonObject object(out);
  if (report.job) object.String("job", *report.job);
  object.Unsigned("producers", report.producers);
  object.Unsigned("ids", report.ids);
  AppendTexts(report.sample, object.Member("sample"));
  object.String("mode", ToString(report.mode));
  object.Boolean("dry_run", report.dry_run);
  object.Close();
}

void AppendJob(const JobReport& report, std::string* out) {
  JsonObject object(out);
  object.String("job", report.job);
  object.String("state", ToString(report.state));
  object.Unsigned("done", report.done);
  object.Unsigned("total", report.total);
  if (report.message.empty()) {
    object.Null("message");
  } else {
    object.String("message", report.message);
  }
  object.Close();
}

}  // namespace oncegate
