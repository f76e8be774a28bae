#include "dedupe/store/set_aside.h"

#include <string>
#include <system_error>

#include "dedupe/store/files.h"
#include "dedupe/store/store_lock.h"

namespace oncegate {
namespace {

/// 2026-01-31T12:00:00.5Z -> 20260131T120000Z, which is a plain file name everywhere.
std::string FileNameTime(WallTime now) {
  std::string text;
  for (const char character : ToRfc3339({now.microseconds / 1'000'000 * 1'000'000})) {
    if (character != '-' && character != ':') text += character;
  }
  return text;
}

/// A name that is not taken yet.
std::filesystem::path FreeNameFor(const std::filesystem::path& directory, WallTime now) {
  const std::string name = directory.string() + ".set-aside-" + FileNameTime(now);
  std::filesystem::path free = name;
  std::error_code error;
  for (int attempt = 2; std::filesystem::exists(free, error); ++attempt) {
    free = name + "-" + std::to_string(attempt);
  }
  return free;
}

}  // namespace

Status SetAsideStore(const std::filesystem::path& directory, WallTime now,
                     std::filesystem::path* moved_to) {
  moved_to->clear();
  std::error_code error;
  // Without a trailing separator, so that the new name lies beside the folder and not in it.
  auto folder = std::filesystem::absolute(directory, error).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  if (!std::filesystem::exists(folder, error)) return Ok();
  const auto lock = store::StoreLock::Acquire(folder);
  if (!lock) return lock.error();
  const std::filesystem::path target = FreeNameFor(folder, now);
  std::filesystem::rename(folder, target, error);
  if (error) return store::FileError("rename", folder, error.value());
  *moved_to = target;
  return store::SyncDirectory(folder.parent_path());
}

}  // namespace oncegate
