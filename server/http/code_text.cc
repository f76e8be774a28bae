#include "server/http/code_text.h"

#include <string_view>

namespace oncegate {
namespace {

std::string_view Sentence(Code code) {
  switch (code) {
    case Code::kApplied:
      return "committed to the sink";
    case Code::kDuplicate:
      return "settled before";
    case Code::kSuperseded:
      return "settled; the row already holds something newer";
    case Code::kDeadLettered:
      return "settled; kept among the dead letters";
    case Code::kAccepted:
      return "in the journal, on its way to the sink";
    case Code::kPayloadMismatch:
      return "this identity was settled with another payload";
    case Code::kSequenceGap:
      return "the sequence is not the next one";
    case Code::kPredecessorNotSettled:
      return "the position that comes before is not settled";
    case Code::kStaleEpoch:
      return "the epoch is below the producer's current one";
    case Code::kBelowFloor:
      return "the sequence lies where nothing can be vouched for any more";
    case Code::kWindowFull:
      return "the producer's window has no room for another gap";
    case Code::kMalformedJson:
      return "the record is not JSON";
    case Code::kInvalidUtf8:
      return "the record is not UTF-8";
    case Code::kNotAnObject:
      return "the record is not an object";
    case Code::kUnknownField:
      return "the record has an unknown field";
    case Code::kDuplicateMember:
      return "a member name occurs twice";
    case Code::kMissingField:
      return "a required field is missing";
    case Code::kFieldNotAllowed:
      return "a field is not allowed here";
    case Code::kWrongType:
      return "a field has the wrong type";
    case Code::kOutOfRange:
      return "a number is out of range";
    case Code::kTooLong:
      return "a field is too long";
    case Code::kEmptyValue:
      return "a field is empty";
    case Code::kControlCharacter:
      return "a field holds a control character";
    case Code::kNulCharacter:
      return "U+0000 is not allowed";
    case Code::kLoneSurrogate:
      return "an escape is half of a surrogate pair";
    case Code::kTooDeep:
      return "the nesting is too deep";
    case Code::kInvalidTime:
      return "the time is not RFC 3339";
    case Code::kNumberNotRepresentable:
      return "the sink can not hold a number";
    case Code::kSinkRejected:
      return "the sink refuses the row";
    case Code::kTableNotOwned:
      return "the table exists and was not made by oncegate";
    case Code::kSinkUnavailable:
      return "the sink is not available";
    case Code::kDeadlineExceeded:
      return "the request's time ran out; whether it took effect is not known";
    case Code::kShuttingDown:
      return "the service is shutting down";
    case Code::kStoreUnavailable:
      return "the local store is not available";
    case Code::kIdCapacity:
      return "the stream remembers as many ids as it may";
    case Code::kBlocked:
      return "an earlier event of the producer is not settled";
    case Code::kAtomicAborted:
      return "taken back with the atomic request";
  }
  return "";
}

}  // namespace

std::string DescribeResult(const EventResult& result) {
  if (result.text && !result.text->detail.empty()) return result.text->detail;
  if (result.hint >= 0 && result.code == Code::kSequenceGap) {
    return "the next sequence is " + std::to_string(result.hint);
  }
  if (result.hint >= 0 && result.code == Code::kStaleEpoch) {
    return "the producer's epoch is " + std::to_string(result.hint);
  }
  return std::string(Sentence(result.code));
}

}  // namespace oncegate
