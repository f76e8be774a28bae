#include "server/http/purge_body.h"

#include <chrono>
#include <utility>

#include "server/config/duration.h"
#include "server/http/problem.h"

namespace oncegate {
namespace {

HttpResponse Invalid(std::string_view name, std::string_view what) {
  return Refuse(ProblemCode::kInvalidBody, std::string(name) + " " + std::string(what));
}

std::optional<HttpResponse> ReadText(const JsonBody& body, std::string_view name,
                                     std::optional<std::string>* text) {
  const JsonScalar* value = body.Find(name);
  if (value == nullptr) return std::nullopt;
  const auto* string = std::get_if<std::string>(value);
  if (string == nullptr || string->empty()) return Invalid(name, "must be a text, not empty");
  *text = *string;
  return std::nullopt;
}

std::optional<HttpResponse> ReadDuration(const JsonBody& body, std::string_view name,
                                         std::optional<std::chrono::seconds>* duration) {
  std::optional<std::string> text;
  if (auto refusal = ReadText(body, name, &text)) return refusal;
  if (!text) return std::nullopt;
  const auto parsed = ParseDuration(*text);
  if (!parsed) return Invalid(name, "must be a duration like \"720h\"");
  // Rounded up: nothing younger than what was asked for is ever concerned.
  *duration = std::chrono::ceil<std::chrono::seconds>(*parsed);
  return std::nullopt;
}

std::optional<HttpResponse> ReadSelector(const JsonBody& body, PurgeRequest* purge) {
  if (auto refusal = ReadText(body, "producer", &purge->producer)) return refusal;
  if (auto refusal = ReadText(body, "producer_prefix", &purge->producer_prefix)) return refusal;
  if (auto refusal = ReadDuration(body, "idle_longer_than", &purge->idle_longer_than)) {
    return refusal;
  }
  if (auto refusal = ReadDuration(body, "ids_older_than", &purge->ids_older_than)) return refusal;
  const int selectors = purge->producer.has_value() + purge->producer_prefix.has_value() +
                        purge->idle_longer_than.has_value() + purge->ids_older_than.has_value();
  if (selectors == 1) return std::nullopt;
  return Refuse(ProblemCode::kBadSelector,
                "exactly one of producer, producer_prefix, idle_longer_than and ids_older_than "
                "must be given");
}

std::optional<HttpResponse> ReadMode(const JsonBody& body, PurgeRequest* purge) {
  // Ids have no floor that could be sealed.
  purge->mode = purge->ids_older_than ? PurgeMode::kForget : PurgeMode::kSeal;
  const JsonScalar* value = body.Find("mode");
  if (value == nullptr) return std::nullopt;
  const auto* mode = std::get_if<std::string>(value);
  if (mode == nullptr || (*mode != "seal" && *mode != "forget")) {
    return Invalid("mode", "must be \"seal\" or \"forget\"");
  }
  purge->mode = *mode == "seal" ? PurgeMode::kSeal : PurgeMode::kForget;
  if (purge->ids_older_than && purge->mode == PurgeMode::kSeal) {
    return Refuse(ProblemCode::kBadSelector, "ids can only be forgotten, not sealed");
  }
  return std::nullopt;
}

std::optional<HttpResponse> ReadThrough(const JsonBody& body, PurgeRequest* purge) {
  const JsonScalar* value = body.Find("through_seq");
  if (value == nullptr) return std::nullopt;
  const auto* through = std::get_if<std::int64_t>(value);
  if (through == nullptr || *through < 0) {
    return Invalid("through_seq", "must be an integer from 0 to 2^63-1");
  }
  if (purge->ids_older_than) {
    return Refuse(ProblemCode::kBadSelector, "ids have no sequence");
  }
  purge->through_sequence = *through;
  return std::nullopt;
}

}  // namespace

std::optional<HttpResponse> ReadPurge(const HttpRequest& request, std::size_t body_bytes_max,
                                      PurgeRequest* purge) {
  JsonBody body = ReadJsonBody(request, body_bytes_max,
                               {"producer", "producer_prefix", "idle_longer_than", "ids_older_than",
                                "through_seq", "mode", "dry_run"});
  if (body.refusal) return std::move(body.refusal);
  if (auto refusal = ReadSelector(body, purge)) return refusal;
  if (auto refusal = ReadMode(body, purge)) return refusal;
  if (auto refusal = ReadThrough(body, purge)) return refusal;
  const JsonScalar* dry_run = body.Find("dry_run");
  if (dry_run == nullptr) return std::nullopt;
  const bool* flag = std::get_if<bool>(dry_run);
  if (flag == nullptr) return Invalid("dry_run", "must be true or false");
  purge->dry_run = *flag;
  return std::nullopt;
}

}  // namespace oncegate
