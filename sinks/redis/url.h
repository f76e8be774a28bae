// redis://[user[:password]@]host[:port][/database]. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace oncegate::redis {

struct Address {
  std::string host;
  std::uint16_t port = 6379;
  std::string user;
  std::string password;  // Never logged. Empty: no AUTH is sent.
  std::uint32_t database = 0;
};

/// Percent-encoded user and password are decoded; an IPv6 address stands in brackets. Empty where
/// the text is no such url.
std::optional<Address> ParseUrl(std::string_view text);

}  // namespace oncegate::redis
