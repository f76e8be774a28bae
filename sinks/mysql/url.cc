#include "sinks/mysql/url.h"

#include <algorithm>
#include <charconv>

namespace oncegate::mysql {
namespace {

/// Empty for a broken escape, and for a NUL, which would cut the text short in the driver.
std::optional<std::string> Decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      unsigned code = 0;
      const std::string_view digits = text.substr(i + 1, 2);
      const auto [rest, error] =
          std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
      if (digits.size() != 2 || error != std::errc{} || rest != digits.data() + 2) {
        return std::nullopt;
      }
      c = static_cast<char>(code);
      i += 2;
    }
    if (c == '\0') return std::nullopt;
    decoded.push_back(c);
  }
  return decoded;
}

bool ReadPort(std::string_view text, std::uint16_t* port) {
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), *port);
  return error == std::errc{} && rest == text.data() + text.size() && *port != 0;
}

bool ReadAddress(std::string_view text, MysqlUrl* url) {
  std::string_view after;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    url->host = text.substr(1, end - 1);
    after = text.substr(end + 1);
  } else {
    const std::size_t end = std::min(text.find(':'), text.size());
    url->host = text.substr(0, end);
    after = text.substr(end);
  }
  if (after.empty()) return true;
  return after.starts_with(':') && ReadPort(after.substr(1), &url->port);
}

bool ReadUser(std::string_view text, MysqlUrl* url) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto user = Decode(text.substr(0, colon));
  const auto password =
      colon == text.size() ? std::optional<std::string>("") : Decode(text.substr(colon + 1));
  if (!user || !password) return false;
  url->user = *user;
  url->password = *password;
  return true;
}

}  // namespace

std::optional<MysqlUrl> ParseUrl(std::string_view text) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  if (text.substr(0, scheme) != "mysql" && text.substr(0, scheme) != "mariadb") return std::nullopt;
  text.remove_prefix(scheme + 3);
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view authority = text.substr(0, slash);
  const std::size_t at = authority.rfind('@');
  if (at == std::string_view::npos) return std::nullopt;
  MysqlUrl url;
  if (!ReadUser(authority.substr(0, at), &url)) return std::nullopt;
  if (!ReadAddress(authority.substr(at + 1), &url)) return std::nullopt;
  const std::string_view path = text.substr(slash + 1);
  if (path.find_first_of("/?#") != std::string_view::npos) return std::nullopt;
  const auto database = Decode(path);
  if (!database) return std::nullopt;
  url.database = *database;
  const bool has_nul = url.host.find('\0') != std::string::npos;
  if (has_nul || url.host.empty() || url.user.empty() || url.database.empty()) return std::nullopt;
  return url;
}

}  // namespace oncegate::mysql
