// Listen addresses: `127.0.0.1:8080`, `[::1]:8080`, `localhost:0`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace oncegate {

struct ListenAddress {
  std::string host;        // A numeric address without brackets.
  std::uint16_t port = 0;  // 0: any free one.
  bool is_loopback = false;
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

/// Numeric addresses and `localhost` (127.0.0.1) only: a name could resolve to anything.
std::optional<ListenAddress> ParseListenAddress(std::string_view text);

}  // namespace oncegate
