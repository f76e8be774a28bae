#include "server/http/json_body.h"

#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "server/decode/decompress.h"
#include "server/http/media_type.h"
#include "server/http/problem.h"

namespace oncegate {
namespace {

JsonScalar ToStrings(const simdjson::dom::array& array) {
  std::vector<std::string> strings;
  for (const simdjson::dom::element& element : array) {
    if (!element.is_string()) return std::monostate();
    strings.emplace_back(element.get_string().value_unsafe());
  }
  return strings;
}

JsonScalar ToScalar(const simdjson::dom::element& element) {
  if (element.is_string()) return std::string(element.get_string().value_unsafe());
  if (element.is_int64()) return element.get_int64().value_unsafe();
  if (element.is_bool()) return element.get_bool().value_unsafe();
  if (element.is_array()) return ToStrings(element.get_array().value_unsafe());
  return std::monostate();
}

// A repeated member must not mean one thing to this reader and another to the next.
std::optional<HttpResponse> AddMember(std::string_view name, const simdjson::dom::element& value,
                                      std::initializer_list<std::string_view> known,
                                      JsonBody* body) {
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    return Refuse(ProblemCode::kInvalidBody, "unknown member \"" + std::string(name) + "\"");
  }
  if (body->Find(name) != nullptr) {
    return Refuse(ProblemCode::kInvalidBody, "member \"" + std::string(name) + "\" is repeated");
  }
  body->members.push_back({std::string(name), ToScalar(value)});
  return std::nullopt;
}

std::optional<HttpResponse> ParseObject(const std::string& text,
                                        std::initializer_list<std::string_view> known,
                                        JsonBody* body) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(text).get(root) != simdjson::SUCCESS) {
    return Refuse(ProblemCode::kMalformedJson, "the body is not JSON");
  }
  simdjson::dom::object object;
  if (root.get(object) != simdjson::SUCCESS) {
    return Refuse(ProblemCode::kNotAnObject, "the body must be one object");
  }
  for (const auto& [name, value] : object) {
    if (auto refusal = AddMember(name, value, known, body)) return refusal;
  }
  return std::nullopt;
}

}  // namespace

const JsonScalar* JsonBody::Find(std::string_view name) const {
  for (const BodyMember& member : members) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

JsonBody ReadJsonBody(const HttpRequest& request, std::size_t bytes_max,
                      std::initializer_list<std::string_view> known) {
  JsonBody body;
  NegotiatedType type = NegotiateType(request.headers, {kJsonType});
  NegotiatedCoding coding = NegotiateCoding(request.headers);
  body.refusal = type.refusal ? std::move(type.refusal) : std::move(coding.refusal);
  if (body.refusal || request.body.empty()) return body;
  std::string text = request.body;
  if (coding.coding != ContentCoding::kIdentity) {
    auto decompressed = Decompress(coding.coding, request.body, bytes_max);
    if (!decompressed) {
      const bool too_large = decompressed.error().fault == DecompressFault::kTooLarge;
      body.refusal =
          Refuse(too_large ? ProblemCode::kBodyTooLarge : ProblemCode::kMalformedContentEncoding,
                 decompressed.error().detail);
      return body;
    }
    text = std::move(*decompressed);
  }
  body.refusal = ParseObject(text, known, &body);
  return body;
}

}  // namespace oncegate
