// Bare commits: an upsert of one row in a transaction of its own, durable as the service's are:
// the least that the sink takes for an event.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace oncegate::bench {

/// One client of Postgres, one commit after the other. Latencies in ms, unsorted. Makes its own
/// table anew.
std::vector<double> RunBareCommits(const std::string& url, std::chrono::milliseconds duration);

/// The same by many clients, at a rate of all together; latencies from the time at which the commit
/// was due. Gives up after twice the duration. The table is that of RunBareCommits.
std::vector<double> RunPacedCommits(const std::string& url, std::uint32_t clients,
                                    double commits_per_second, std::chrono::milliseconds duration);

}  // namespace oncegate::bench
