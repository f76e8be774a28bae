// Urls of the form mysql://user:password@host:port/database. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace oncegate::mysql {

inline constexpr std::uint16_t kDefaultPort = 3306;

struct MysqlUrl {
  std::string user;
  std::string password;
  std::string host;
  std::uint16_t port = kDefaultPort;
  std::string database;
};

/// Scheme mysql or mariadb; user, password and database percent-encoded where they hold special
/// characters; an IPv6 address in brackets. Host, user and database are needed. Empty where the
/// text is anything else (no message: it would repeat the password).
std::optional<MysqlUrl> ParseUrl(std::string_view text);

}  // namespace oncegate::mysql
