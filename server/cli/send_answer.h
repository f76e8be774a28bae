// What an answer of the service means for the batch that was sent. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "server/cli/http_client.h"

namespace oncegate {

enum class SendDecision : std::uint8_t {
  kSettled,   // Every record is settled or accepted.
  kRetry,     // Send the same again.
  kRefused,   // Some record will never be settled as it is.
  kHopeless,  // No request of this kind will ever be taken: wrong stream, method or limit.
};

struct SendProblem {
  std::uint64_t index = 0;  // Of the record in its batch.
  std::string text;         // Verdict, code and detail.
};

struct SendAnswer {
  SendDecision decision = SendDecision::kRetry;
  std::map<std::string, std::uint64_t> counts;  // By verdict, as answered.
  std::uint64_t settled = 0;                    // Records that the answer settles.
  std::vector<SendProblem> problems;            // Records that are neither settled nor "retry".
  std::string detail;                           // For a person.
};

/// An answer that does not account for every one of `records` settles nothing.
SendAnswer InterpretAnswer(const HttpAnswer& answer, std::uint32_t records);

/// What the service says of a producer.
struct ResumePoint {
  bool known = false;
  std::int64_t epoch = 0;
  /// No sequence from `first` up to here needs to be sent; the one itself may.
  std::int64_t next_sequence = 0;
};

/// `answer` is that of the producer endpoint, with status 200 or 404. Without a body that says
/// otherwise everything is to be sent.
ResumePoint InterpretProducer(const HttpAnswer& answer, std::int64_t first_sequence);

}  // namespace oncegate
