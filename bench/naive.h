// Naive: what most services do: every event its own INSERT … ON CONFLICT DO UPDATE and COMMIT, from
// many clients, prepared. Driven by pgbench.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace oncegate::bench {

struct NaiveResult {
  std::uint64_t upserts = 0;  // Committed.
  double upserts_per_second = 0;
};

/// Makes its own table on the server at 127.0.0.1:port.
NaiveResult RunNaive(std::uint16_t port, const std::filesystem::path& folder, std::uint32_t clients,
                     std::chrono::seconds duration);

}  // namespace oncegate::bench
