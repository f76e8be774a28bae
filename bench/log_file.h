// LogFile: a file that is only appended to, and synced when that is asked for. Failures throw
// std::runtime_error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace oncegate::bench {

class LogFile {
 public:
  /// Made; it was not there.
  explicit LogFile(const std::filesystem::path& path);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  void Append(std::string_view bytes);
  void Sync();
  std::uint64_t size() const { return size_; }

 private:
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace oncegate::bench
