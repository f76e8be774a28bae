#include "server/http/letter_body.h"

#include <utility>

#include "server/config/limits.h"
#include "server/http/problem.h"

namespace oncegate {
namespace {

HttpResponse Invalid(std::string_view name, std::string_view what) {
  return Refuse(ProblemCode::kInvalidBody, std::string(name) + " " + std::string(what));
}

std::optional<HttpResponse> ReadIds(const JsonScalar& value, LetterRequest* letters) {
  const auto* ids = std::get_if<std::vector<std::string>>(&value);
  if (ids == nullptr || ids->empty() || ids->size() > limits::kLettersPerCall) {
    return Invalid("ids", "must be an array of 1 to " + std::to_string(limits::kLettersPerCall) +
                              " ids of dead letters");
  }
  letters->ids = *ids;
  return std::nullopt;
}

/// The stream and the page of it.
std::optional<HttpResponse> ReadStream(const JsonBody& body, LetterRequest* letters) {
  const JsonScalar* stream = body.Find("stream");
  const auto* name = std::get_if<std::string>(stream);
  if (name == nullptr || name->empty()) return Invalid("stream", "must be a text, not empty");
  letters->stream = *name;
  if (const JsonScalar* after = body.Find("after")) {
    const auto* id = std::get_if<std::string>(after);
    if (id == nullptr) return Invalid("after", "must be the id of a dead letter");
    letters->page.after = *id;
  }
  if (const JsonScalar* limit = body.Find("limit")) {
    const auto* number = std::get_if<std::int64_t>(limit);
    if (number == nullptr || *number < 1 || *number > limits::kLettersPerCall) {
      return Invalid("limit",
                     "must be an integer from 1 to " + std::to_string(limits::kLettersPerCall));
    }
    letters->page.limit = static_cast<std::uint32_t>(*number);
  }
  return std::nullopt;
}

}  // namespace

std::optional<HttpResponse> ReadLetterRequest(const HttpRequest& request,
                                              std::size_t body_bytes_max, LetterRequest* letters) {
  JsonBody body =
      ReadJsonBody(request, body_bytes_max, {"ids", "stream", "after", "limit", "dry_run"});
  if (body.refusal) return std::move(body.refusal);
  const JsonScalar* ids = body.Find("ids");
  if ((ids != nullptr) == (body.Find("stream") != nullptr)) {
    return Refuse(ProblemCode::kBadSelector, "exactly one of ids and stream must be given");
  }
  if (ids != nullptr) {
    if (body.Find("after") != nullptr || body.Find("limit") != nullptr) {
      return Refuse(ProblemCode::kBadSelector, "after and limit go with a stream only");
    }
    if (auto refusal = ReadIds(*ids, letters)) return refusal;
  } else if (auto refusal = ReadStream(body, letters)) {
    return refusal;
  }
  const JsonScalar* dry_run = body.Find("dry_run");
  if (dry_run == nullptr) return std::nullopt;
  const bool* flag = std::get_if<bool>(dry_run);
  if (flag == nullptr) return Invalid("dry_run", "must be true or false");
  letters->dry_run = *flag;
  return std::nullopt;
}

}  // namespace oncegate
