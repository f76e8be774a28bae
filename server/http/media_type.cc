#include "server/http/media_type.h"

#include <algorithm>
#include <utility>

#include "server/http/ascii.h"
#include "server/http/problem.h"

namespace oncegate {
namespace {

std::string ToLower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), ToLowerAscii);
  return lower;
}

// Takes a token or quoted-string from the front of *text. Null: neither.
std::optional<std::string> TakeValue(std::string_view* text) {
  std::string value;
  if (!text->starts_with('"')) {
    while (!text->empty() && IsTokenChar(text->front())) {
      value.push_back(text->front());
      text->remove_prefix(1);
    }
    return value.empty() ? std::nullopt : std::optional(std::move(value));
  }
  text->remove_prefix(1);
  while (!text->empty() && text->front() != '"') {
    if (text->front() == '\\') text->remove_prefix(1);
    if (text->empty()) return std::nullopt;
    value.push_back(text->front());
    text->remove_prefix(1);
  }
  if (text->empty()) return std::nullopt;
  text->remove_prefix(1);
  return value;
}

HttpResponse RefuseType(std::string_view detail) {
  return Refuse(ProblemCode::kUnsupportedMediaType, detail);
}

}  // namespace

std::optional<MediaType> ParseMediaType(std::string_view text) {
  const std::size_t semicolon = text.find(';');
  const std::string_view name = TrimOws(text.substr(0, semicolon));
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos || !IsToken(name.substr(0, slash)) ||
      !IsToken(name.substr(slash + 1))) {
    return std::nullopt;
  }
  MediaType type{ToLower(name), std::nullopt};
  std::string_view rest =
      semicolon == std::string_view::npos ? std::string_view() : text.substr(semicolon);
  while (!rest.empty()) {
    rest = TrimOws(rest.substr(1));  // Behind the semicolon.
    if (rest.empty()) break;
    if (rest.front() == ';') continue;
    const std::size_t equals = rest.find('=');
    if (equals == std::string_view::npos || !IsToken(rest.substr(0, equals))) return std::nullopt;
    const bool is_charset = EqualsIgnoreCase(rest.substr(0, equals), "charset");
    rest.remove_prefix(equals + 1);
    std::optional<std::string> value = TakeValue(&rest);
    if (!value || (is_charset && type.charset)) return std::nullopt;
    if (is_charset) type.charset = ToLower(*value);
    rest = TrimOws(rest);
    if (!rest.empty() && rest.front() != ';') return std::nullopt;
  }
  return type;
}

NegotiatedType NegotiateType(const HeaderList& headers,
                             std::initializer_list<std::string_view> allowed) {
  const std::size_t count = headers.Count("Content-Type");
  if (count == 0) return {"", RefuseType("the Content-Type is missing")};
  if (count > 1) return {"", RefuseType("there is more than one Content-Type")};
  std::optional<MediaType> type = ParseMediaType(*headers.Find("Content-Type"));
  if (!type) return {"", RefuseType("the Content-Type is not a media type")};
  if (std::find(allowed.begin(), allowed.end(), type->name) == allowed.end()) {
    std::string detail = "the Content-Type must be ";
    for (const std::string_view name : allowed) {
      if (name != *allowed.begin()) detail += " or ";
      detail += name;
    }
    return {"", RefuseType(detail)};
  }
  if (type->charset && *type->charset != "utf-8") {
    return {"", Refuse(ProblemCode::kUnsupportedCharset, "the only charset is utf-8")};
  }
  return {std::move(type->name), std::nullopt};
}

NegotiatedCoding NegotiateCoding(const HeaderList& headers) {
  const std::size_t count = headers.Count("Content-Encoding");
  if (count == 0) return {};
  const std::string_view value = *headers.Find("Content-Encoding");
  if (count == 1) {
    if (EqualsIgnoreCase(value, "gzip") || EqualsIgnoreCase(value, "x-gzip")) {
      return {ContentCoding::kGzip, std::nullopt};
    }
    if (EqualsIgnoreCase(value, "zstd")) return {ContentCoding::kZstd, std::nullopt};
    if (EqualsIgnoreCase(value, "identity")) return {};
  }
  HttpResponse refusal = Refuse(ProblemCode::kUnsupportedContentEncoding,
                                "the Content-Encoding must be gzip or zstd, one of them");
  refusal.headers.push_back({"Accept-Encoding", "gzip, zstd"});
  return {ContentCoding::kIdentity, std::move(refusal)};
}

}  // namespace oncegate
