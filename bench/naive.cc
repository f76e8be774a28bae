#include "bench/naive.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace oncegate::bench {
namespace {

constexpr const char* kScript = R"(\set key random(1, 1000000000000)
INSERT INTO naive_rows (key, value, producer, epoch, seq, deleted, applied_at)
VALUES ('order-' || :key, '{"order":123456,"customer":"customer-123456","amount":123.45,"currency":"EUR","status":"paid","items":[12,345,6],"note":"delivered to the door"}', 'naive', 0, :key, false, now())
ON CONFLICT (key) DO UPDATE SET value = excluded.value, seq = excluded.seq, applied_at = excluded.applied_at;
)";

constexpr const char* kTable =
    "DROP TABLE IF EXISTS naive_rows;"
    "CREATE TABLE naive_rows (key text COLLATE \"C\" PRIMARY KEY, value jsonb, producer text,"
    " epoch bigint, seq bigint, id text, version numeric, event_time timestamptz,"
    " deleted boolean NOT NULL, applied_at timestamptz NOT NULL);\n";

void Write(const std::filesystem::path& file, const char* text) { std::ofstream(file) << text; }

std::string Output(const std::string& command) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("can not run " + command);
  std::string output;
  std::array<char, 4096> buffer;
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) output += buffer.data();
  pclose(pipe);
  return output;
}

std::string PgbenchPath() {
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql")) {
    const std::filesystem::path path = version.path() / "bin" / "pgbench";
    if (std::filesystem::exists(path)) return path;
  }
  throw std::runtime_error("pgbench is not installed (Debian package postgresql)");
}

double NumberAfter(const std::string& output, const std::string& label) {
  const std::size_t found = output.find(label);
  if (found == std::string::npos) throw std::runtime_error("pgbench failed:\n" + output);
  return std::atof(output.c_str() + found + label.size());
}

}  // namespace

NaiveResult RunNaive(std::uint16_t port, const std::filesystem::path& folder, std::uint32_t clients,
                     std::chrono::seconds duration) {
  Write(folder / "naive.sql", kScript);
  Write(folder / "table.sql", kTable);
  const std::string target = " -h 127.0.0.1 -p " + std::to_string(port) + " -U postgres";
  Output("psql" + target + " -q -f " + (folder / "table.sql").string() + " postgres");
  const std::string output = Output(
      PgbenchPath() + target + " -n -M prepared -j 1 -c " + std::to_string(clients) + " -T " +
      std::to_string(duration.count()) + " -f " + (folder / "naive.sql").string() + " postgres");
  return {static_cast<std::uint64_t>(NumberAfter(output, "actually processed: ")),
          NumberAfter(output, "tps = ")};
}

}  // namespace oncegate::bench
