// Content-Type and Content-Encoding of a request. Pure.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "server/decode/decompress.h"
#include "server/http/message.h"

namespace oncegate {

struct MediaType {
  std::string name;                    // "application/json", lower case.
  std::optional<std::string> charset;  // Lower case, without quotes.
};

/// RFC 9110, section 8.3.1. Null: not a media type.
std::optional<MediaType> ParseMediaType(std::string_view text);

/// The body's media type if it is among `allowed` and in UTF-8; else the refusal (415).
struct NegotiatedType {
  std::string name;
  std::optional<HttpResponse> refusal;
};
NegotiatedType NegotiateType(const HeaderList& headers,
                             std::initializer_list<std::string_view> allowed);

struct NegotiatedCoding {
  ContentCoding coding = ContentCoding::kIdentity;
  std::optional<HttpResponse> refusal;  // 415.
};
NegotiatedCoding NegotiateCoding(const HeaderList& headers);

}  // namespace oncegate
