// SmallDisk: puts a folder on a file system of a few megabytes that a test can fill and free.
//
// It is mounted in a mount namespace of the calling thread, so that nobody but this thread and the
// processes it starts sees it; use it from the thread of the test. Every failure throws
// std::runtime_error.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace oncegate::crash {

class SmallDisk {
 public:
  /// Why this process may not mount anything; empty if it may.
  static std::string Obstacle();

  /// What is in the folder is copied onto the new file system.
  SmallDisk(std::filesystem::path folder, std::size_t megabytes);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  /// Leaves no byte.
  void Fill();
  void Free();

 private:
  std::filesystem::path Ballast() const { return folder_ / "ballast"; }

  const std::filesystem::path folder_;
};

}  // namespace oncegate::crash
