// Request ids: taken over from the client if they are fit for headers and logs, else made here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/http/message.h"

namespace oncegate {

inline constexpr std::size_t kRequestIdBytesMax = 128;

/// Visible ASCII, 1 to 128 bytes.
bool IsSaneRequestId(std::string_view id);

/// Makes ids of 32 hexadecimal digits. They only have to differ, not to be secret. Not thread-safe:
/// one per thread.
class RequestIdSource {
 public:
  RequestIdSource();
  std::string Next();
  /// The client's X-Request-Id if there is exactly one and it is sane, else a fresh one.
  std::string TakeOverOrMake(const HeaderList& headers);

 private:
  std::uint64_t prefix_;
  std::uint64_t state_;
};

}  // namespace oncegate
