// Which file a path names. A database whose file was replaced or removed still takes commits, into
// a file that nobody will read again; comparing identities is how that is noticed.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>

namespace oncegate::sqlite {

struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

/// Empty if the path names nothing that can be reached. Opens nothing: closing any descriptor of a
/// database drops the locks that this process holds on it (POSIX).
std::optional<FileIdentity> IdentityOf(const std::filesystem::path& path);

/// The database file and its write-ahead log. An open file's inode is not given to another file, so
/// equal identities mean the same files.
struct DatabaseFiles {
  std::optional<FileIdentity> database;
  std::optional<FileIdentity> log;
  friend bool operator==(const DatabaseFiles&, const DatabaseFiles&) = default;
};

/// The write-ahead log of a database.
std::filesystem::path LogOf(const std::filesystem::path& database);

DatabaseFiles FilesAt(const std::filesystem::path& path);

}  // namespace oncegate::sqlite
