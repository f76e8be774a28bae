#include "server/http/parameters.h"

#include <algorithm>
#include <charconv>

#include "server/http/ascii.h"
#include "server/http/problem.h"

namespace oncegate {

std::optional<HttpResponse> CheckParameters(const HttpRequest& request,
                                            std::initializer_list<std::string_view> known) {
  for (auto parameter = request.query.begin(); parameter != request.query.end(); ++parameter) {
    if (std::find(known.begin(), known.end(), parameter->name) == known.end()) {
      return Refuse(ProblemCode::kUnknownParameter,
                    "there is no parameter \"" + parameter->name + "\"");
    }
    const bool repeated =
        std::any_of(request.query.begin(), parameter,
                    [&](const HttpParameter& earlier) { return earlier.name == parameter->name; });
    if (repeated) {
      return Refuse(ProblemCode::kRepeatedParameter,
                    "the parameter \"" + parameter->name + "\" is repeated");
    }
  }
  return std::nullopt;
}

const std::string* FindParameter(const HttpRequest& request, std::string_view name) {
  for (const HttpParameter& parameter : request.query) {
    if (parameter.name == name) return &parameter.value;
  }
  return nullptr;
}

std::optional<std::int64_t> ParseNonNegative(std::string_view text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), IsDigit)) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::string> UnquoteKey(std::string_view text) {
  if (!text.starts_with('"')) return std::string(text);
  std::string key;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1 == text.size() ? std::optional(key) : std::nullopt;
    if (text[i] == '\\') {
      ++i;
      if (i == text.size() || (text[i] != '"' && text[i] != '\\')) return std::nullopt;
    }
    key.push_back(text[i]);
  }
  return std::nullopt;
}

}  // namespace oncegate
