#include "server/http/uri.h"

#include <algorithm>
#include <utility>

#include "server/http/ascii.h"

namespace oncegate {
namespace {

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  const char lower = ToLowerAscii(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// "http://host:port/path?query" -> "/path?query"; the authority has to be there and is not looked
// at further: this server has one name only.
std::optional<std::string_view> StripAuthority(std::string_view target) {
  constexpr std::string_view kScheme = "http://";
  if (!StartsWithIgnoreCase(target, kScheme)) return std::nullopt;
  target.remove_prefix(kScheme.size());
  const std::size_t end = target.find_first_of("/?");
  const std::string_view authority = target.substr(0, end);
  if (authority.empty() || authority.find('@') != std::string_view::npos) return std::nullopt;
  return end == std::string_view::npos ? std::string_view() : target.substr(end);
}

bool ParsePath(std::string_view path, std::vector<std::string>* segments) {
  segments->reserve(6);
  path.remove_prefix(1);
  while (true) {
    const std::size_t slash = path.find('/');
    std::optional<std::string> segment = PercentDecode(path.substr(0, slash));
    if (!segment) return false;
    segments->push_back(std::move(*segment));
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

// Clients that build a query as a form send a space as "+", and a plus sign as "%2B".
std::optional<std::string> DecodeQueryText(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return PercentDecode(spaced);
}

bool ParseQuery(std::string_view query, std::vector<HttpParameter>* parameters) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    std::optional<std::string> name = DecodeQueryText(pair.substr(0, equals));
    std::optional<std::string> value =
        DecodeQueryText(equals == std::string_view::npos ? "" : pair.substr(equals + 1));
    if (!name || !value) return false;
    parameters->push_back({std::move(*name), std::move(*value)});
  }
  return true;
}

}  // namespace

std::optional<std::string> PercentDecode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = HexValue(text[i + 1]);
    const int low = HexValue(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return decoded;
}

std::optional<ParsedTarget> ParseTarget(std::string_view target) {
  ParsedTarget parsed;
  if (target == "*") {
    parsed.form = TargetForm::kAsterisk;
    return parsed;
  }
  if (target.find('#') != std::string_view::npos) return std::nullopt;
  if (!target.starts_with('/')) {
    const auto rest = StripAuthority(target);
    if (!rest) return std::nullopt;
    target = *rest;
  }
  const std::size_t question = target.find('?');
  std::string_view path = target.substr(0, question);
  if (path.empty()) path = "/";
  if (!ParsePath(path, &parsed.path)) return std::nullopt;
  if (question != std::string_view::npos &&
      !ParseQuery(target.substr(question + 1), &parsed.query)) {
    return std::nullopt;
  }
  return parsed;
}

}  // namespace oncegate
