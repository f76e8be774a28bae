#include "sinks/sqlite/file_identity.h"

#include <sys/stat.h>

namespace oncegate::sqlite {

std::optional<FileIdentity> IdentityOf(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return FileIdentity{status.st_dev, status.st_ino};
}

std::filesystem::path LogOf(const std::filesystem::path& database) {
  return std::filesystem::path(database) += "-wal";
}

DatabaseFiles FilesAt(const std::filesystem::path& path) {
  return {IdentityOf(path), IdentityOf(LogOf(path))};
}

}  // namespace oncegate::sqlite
