// Requests that two parsers could read differently: the classics of request smuggling, and whatever
// else is not one well-formed request. Each carries an event of its own and is followed by a whole
// second request; a server that misreads the first one answers twice, or takes an event.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace oncegate::hostile {

struct BadRequest {
  std::string name;
  std::string bytes;  // The second request included.
  int status = 400;
  std::string_view code;
};

/// Refused with this status and code, once, and the connection is closed.
std::vector<BadRequest> SmugglingCorpus();

/// The same for requests that never end; the answer comes when the time for a body is over.
std::vector<BadRequest> UnfinishedRequests();

struct OddRequest {
  std::string name;
  std::string bytes;
  std::vector<int> statuses;  // Of the answers, in order.
};

/// Requests that look like an attack and can be read in one way only. The last answer is that of
/// the ordinary request behind them, unless the connection was to be closed.
std::vector<OddRequest> OddRequests();

/// The producers of the events: none of SmugglingCorpus may ever be known; that of the ordinary
/// request behind an odd one is.
inline constexpr char kStream[] = "orders";
inline constexpr char kCarried[] = "carried";
inline constexpr char kSmuggled[] = "smuggled";

}  // namespace oncegate::hostile
