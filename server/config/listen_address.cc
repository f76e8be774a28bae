#include "server/config/listen_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>

namespace oncegate {
namespace {

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return port;
}

std::optional<ListenAddress> ParseIpv4(const std::string& host) {
  in_addr address{};
  if (inet_pton(AF_INET, host.c_str(), &address) != 1) return std::nullopt;
  return ListenAddress{host, 0, (ntohl(address.s_addr) >> 24) == 127};
}

std::optional<ListenAddress> ParseIpv6(const std::string& host) {
  in6_addr address{};
  if (inet_pton(AF_INET6, host.c_str(), &address) != 1) return std::nullopt;
  return ListenAddress{host, 0, IN6_IS_ADDR_LOOPBACK(&address) != 0};
}

}  // namespace

std::optional<ListenAddress> ParseListenAddress(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = ParsePort(text.substr(colon + 1));
  std::string host(text.substr(0, colon));
  std::optional<ListenAddress> address;
  if (host == "localhost") {
    address = ListenAddress{"127.0.0.1", 0, true};
  } else if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    address = ParseIpv6(host.substr(1, host.size() - 2));
  } else {
    address = ParseIpv4(host);
  }
  if (!port || !address) return std::nullopt;
  address->port = *port;
  return address;
}

}  // namespace oncegate
