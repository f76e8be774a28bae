// Whatever the body, it is read in the same way every time, every record has exactly one answer,
// and what is called an event is fit for any sink: JSON that a second parser reads too, valid
// UTF-8, within all limits, under the fingerprint that its parts give by themselves.
#include <boost/json/stream_parser.hpp>
#include <boost/json/string.hpp>
#include <memory>
#include <string>
#include <vector>

#include "dedupe/types/check.h"
#include "server/decode/decode.h"
#include "server/decode/utf8.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/targets.h"

namespace oncegate::fuzz {
namespace {

constexpr std::size_t kRecordsMax = 32;

struct Request {
  DedupeMode mode = DedupeMode::kWindow;
  BodyFormat format = BodyFormat::kJson;
  RecordDefaults defaults;
  DecodeLimits limits;
  std::string body;
};

struct Reading {
  std::unique_ptr<Batch> batch;
  std::string fault;  // Empty: none.
};

Reading Read(const Request& request) {
  auto stream = std::make_shared<StreamSpec>();
  stream->mode = request.mode;
  Reading reading{std::make_unique<Batch>(), ""};
  reading.batch->stream = std::move(stream);
  reading.batch->body = request.body;
  const auto outcome =
      DecodeBody(request.format, request.defaults, request.limits, reading.batch.get());
  if (!outcome) {
    CHECK(!outcome.error().code.empty() && !outcome.error().detail.empty());
    CHECK(outcome.error().status == 400 || outcome.error().status == 413);
    CHECK(ValidUtf8Prefix(outcome.error().detail) == outcome.error().detail.size());
    reading.fault = outcome.error().code + ": " + outcome.error().detail;
  }
  CHECK(reading.batch->body == request.body);
  return reading;
}

bool IsUtf8(std::string_view text) { return ValidUtf8Prefix(text) == text.size(); }

bool IsJson(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = limits::kJsonDepth;
  boost::json::stream_parser parser({}, options);
  boost::json::error_code error;
  parser.write(text.data(), text.size(), error);
  if (!error) parser.finish(error);
  // Its own limit: exponents are an int there.
  return !error || error == boost::json::error::exponent_overflow;
}

void CheckName(std::string_view name, std::size_t bytes_max) {
  CHECK(name.size() <= bytes_max && IsUtf8(name) && !HasControlCharacter(name));
}

void CheckEvent(const Request& request, const Event& event) {
  const bool is_delete = event.operation == Operation::kDelete;
  CHECK(!event.key.empty() && event.key.size() <= request.limits.key_bytes_max);
  CHECK(IsUtf8(event.key) && event.key.find('\0') == std::string_view::npos);
  CheckName(event.producer, request.limits.producer_bytes_max);
  CheckName(event.id, request.limits.id_bytes_max);
  CHECK(event.epoch.value >= 0);
  CHECK(!event.sequence || event.sequence->value >= 0);
  CHECK(!event.after || (request.mode == DedupeMode::kMonotonic && *event.after >= -1));
  CHECK(!IsSequenced(request.mode) || (!event.producer.empty() && event.sequence));
  CHECK(request.mode != DedupeMode::kId || !event.id.empty());
  CHECK(request.mode != DedupeMode::kVersion || event.version);
  CHECK(is_delete == event.value.empty());
  CHECK(is_delete || (IsUtf8(event.value) && IsJson(event.value)));
  CHECK(!event.fingerprint.IsNone());
  CHECK(event.fingerprint == FingerprintOf(event.operation, event.key, event.version, event.value));
}

void CheckReading(const Request& request, const Reading& reading) {
  const Batch& batch = *reading.batch;
  CHECK(batch.results.size() <= request.limits.records_max);
  if (!reading.fault.empty()) {
    CHECK(batch.events.empty() && batch.results.empty());
    return;
  }
  std::size_t next_event = 0;
  for (std::size_t i = 0; i < batch.results.size(); ++i) {
    const bool is_event = next_event < batch.events.size() && batch.events[next_event].index == i;
    if (is_event) {
      CHECK(batch.results[i].verdict == Verdict::kRetry);
      CheckEvent(request, batch.events[next_event++]);
      continue;
    }
    CHECK(batch.results[i].verdict == Verdict::kInvalid && batch.results[i].text != nullptr);
    CHECK(IsUtf8(batch.results[i].text->detail) && IsUtf8(batch.results[i].text->pointer));
  }
  CHECK(next_event == batch.events.size());
}

void CheckSame(const Event& one, const Event& other) {
  CHECK(one.producer == other.producer && one.epoch == other.epoch);
  CHECK(one.sequence == other.sequence && one.id == other.id && one.key == other.key);
  CHECK(one.operation == other.operation && one.version == other.version);
  CHECK(one.after == other.after && one.event_time == other.event_time);
  CHECK(one.value == other.value && one.fingerprint == other.fingerprint);
}

void CheckSame(const Reading& one, const Reading& other) {
  CHECK(one.fault == other.fault);
  CHECK(one.batch->results.size() == other.batch->results.size());
  CHECK(one.batch->events.size() == other.batch->events.size());
  for (std::size_t i = 0; i < one.batch->events.size(); ++i) {
    CheckSame(one.batch->events[i], other.batch->events[i]);
  }
  for (std::size_t i = 0; i < one.batch->results.size(); ++i) {
    CHECK(one.batch->results[i].code == other.batch->results[i].code);
  }
}

/// An object alone, in an array, and as a line is the same record.
void CheckForms(const Request& request, const Reading& reading) {
  const std::size_t begin = request.body.find_first_not_of(" \t\r\n");
  if (request.format != BodyFormat::kJson || begin == std::string::npos) return;
  if (request.body[begin] != '{' || !reading.fault.empty()) return;
  Request array = request;
  array.body = "[" + request.body + "]";
  CheckSame(reading, Read(array));
  if (request.body.find('\n') != std::string::npos) return;
  Request line = request;
  line.format = BodyFormat::kNdjson;
  CheckSame(reading, Read(line));
}

Request TakeRequest(Input* input) {
  static constexpr DedupeMode kModes[] = {DedupeMode::kWindow,  DedupeMode::kStrict,
                                          DedupeMode::kId,      DedupeMode::kMonotonic,
                                          DedupeMode::kVersion, DedupeMode::kOff};
  Request request;
  request.format = input->Flag() ? BodyFormat::kNdjson : BodyFormat::kJson;
  request.mode = kModes[input->Below(6)];
  const std::size_t defaults = input->Below(8);
  if ((defaults & 1) != 0) request.defaults.producer = "header-producer";
  if ((defaults & 2) != 0) request.defaults.first_sequence = 9'223'372'036'854'775'800;
  if ((defaults & 4) != 0) request.defaults.id = "header-id";
  if ((defaults & 4) != 0) request.defaults.epoch = 3;
  request.limits.records_max = kRecordsMax;
  request.body = input->Rest();
  return request;
}

}  // namespace

void FuzzBody(std::string_view input) {
  Input choices(input);
  const Request request = TakeRequest(&choices);
  const Reading reading = Read(request);
  CheckReading(request, reading);
  CheckSame(reading, Read(request));
  CheckForms(request, reading);
}

}  // namespace oncegate::fuzz
