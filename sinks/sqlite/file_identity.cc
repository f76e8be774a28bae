#include "sinks/sqlite/file_identity.h"

#include <sys/stat.h>

namespace oncegate::sqlite {

std::optional<FileIdentity> IdentityOf(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return FileIdentity{status.st_dev, status.st_ino};
}

DatabaseFiles FilesAt(const std::filesystem::path& path) {
  std::filesystem::path log = path;
  log += "-wal";
  return {IdentityOf(path), IdentityOf(log)};
}

}  // namespace oncegate::sqlite
