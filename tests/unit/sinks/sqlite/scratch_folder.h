// A folder of its own for one test, removed at the end.
#pragma once

#include <filesystem>
#include <string>

namespace oncegate::sqlite {

class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace oncegate::sqlite
