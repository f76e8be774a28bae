// Query parameters and integer headers of a request. Pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "server/http/message.h"

namespace oncegate {

/// The refusal (400) if a parameter is repeated or not among `known`.
std::optional<HttpResponse> CheckParameters(const HttpRequest& request,
                                            std::initializer_list<std::string_view> known);

/// Null if absent.
const std::string* FindParameter(const HttpRequest& request, std::string_view name);

/// Decimal digits only, 0 … 2^63-1.
std::optional<std::int64_t> ParseNonNegative(std::string_view text);

/// An Idempotency-Key with its quotes taken off (it is a string of RFC 8941) or as it stands. Null:
/// it begins with a quote and is no such string.
std::optional<std::string> UnquoteKey(std::string_view text);

}  // namespace oncegate
