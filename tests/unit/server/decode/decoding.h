// Verbs for tests of the decoder: decode a body in a stream of some mode, and look at what came
// out.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "server/decode/decode.h"

namespace oncegate {

struct Decoded {
  std::unique_ptr<Batch> batch;
  std::optional<DecodeFault> fault;

  std::string FaultCode() const { return fault ? fault->code : "no fault"; }
  std::size_t Records() const { return batch->results.size(); }
  std::size_t Events() const { return batch->events.size(); }
  /// "valid", or code and pointer of an invalid record.
  std::string Of(std::size_t index) const {
    const EventResult& result = batch->results.at(index);
    if (result.verdict != Verdict::kInvalid) return "valid";
    std::string text(ToString(result.code));
    if (!result.text->pointer.empty()) text += " " + result.text->pointer;
    return text;
  }
  std::string Detail(std::size_t index) const { return batch->results.at(index).text->detail; }
};

struct Decoding {
  DedupeMode mode = DedupeMode::kId;
  BodyFormat format = BodyFormat::kJson;
  RecordDefaults defaults = {};
  DecodeLimits limits = {};
  bool fingerprints = true;

  Decoded operator()(std::string body) const {
    auto stream = std::make_shared<StreamSpec>();
    stream->mode = mode;
    stream->fingerprints = fingerprints;
    Decoded decoded;
    decoded.batch = std::make_unique<Batch>();
    decoded.batch->stream = std::move(stream);
    decoded.batch->body = std::move(body);
    auto outcome = DecodeBody(format, defaults, limits, decoded.batch.get());
    if (!outcome) decoded.fault = outcome.error();
    return decoded;
  }
};

/// One JSON record in a stream of `mode`: "valid", or what is wrong, or the fault of the request.
inline std::string Judge(DedupeMode mode, std::string record, RecordDefaults defaults = {}) {
  const Decoded decoded = Decoding{mode, BodyFormat::kJson, std::move(defaults)}(std::move(record));
  return decoded.fault ? "fault " + decoded.fault->code : decoded.Of(0);
}

inline std::string Nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

}  // namespace oncegate
