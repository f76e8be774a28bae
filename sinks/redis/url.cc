#include "sinks/redis/url.h"

#include <charconv>

namespace oncegate::redis {
namespace {

constexpr std::string_view kScheme = "redis://";

template <typename Number>
bool ReadNumber(std::string_view text, Number* number) {
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc{} && rest == text.data() + text.size();
}

std::optional<std::string> DecodePercent(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    std::uint8_t byte = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [rest, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (error != std::errc{} || digits.size() != 2 || rest != digits.data() + 2) {
      return std::nullopt;
    }
    decoded.push_back(static_cast<char>(byte));
    i += 2;
  }
  return decoded;
}

bool ReadCredentials(std::string_view text, Address* address) {
  const std::size_t colon = text.find(':');
  const auto user = DecodePercent(text.substr(0, colon));
  const auto password =
      DecodePercent(colon == std::string_view::npos ? "" : text.substr(colon + 1));
  if (!user || !password || (!user->empty() && password->empty())) return false;
  address->user = *user;
  address->password = *password;
  return true;
}

bool ReadHost(std::string_view text, Address* address) {
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    address->host = text.substr(1, end - 1);
    port = text.substr(end + 1);
  } else {
    const std::size_t colon = text.find(':');
    address->host = text.substr(0, colon);
    port = colon == std::string_view::npos ? "" : text.substr(colon);
  }
  if (address->host.empty() || address->host.find('\0') != std::string::npos) return false;
  if (port.empty()) return true;
  return port.front() == ':' && ReadNumber(port.substr(1), &address->port) && address->port != 0;
}

}  // namespace

std::optional<Address> ParseUrl(std::string_view text) {
  if (!text.starts_with(kScheme)) return std::nullopt;
  text.remove_prefix(kScheme.size());
  Address address;
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos && slash + 1 < text.size() &&
      !ReadNumber(text.substr(slash + 1), &address.database)) {
    return std::nullopt;
  }
  std::string_view authority = text.substr(0, slash);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    if (!ReadCredentials(authority.substr(0, at), &address)) return std::nullopt;
    authority.remove_prefix(at + 1);
  }
  if (!ReadHost(authority, &address)) return std::nullopt;
  return address;
}

}  // namespace oncegate::redis
