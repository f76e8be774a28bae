// The few file operations that LevelDB's Env does not offer. Errors name the path and the cause.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "dedupe/types/result.h"

namespace oncegate::store {

/// "cannot <action> <path>: <text of errno>", with advice for the causes that have a known one.
Error FileError(const char* action, const std::filesystem::path& path, int error_number);

Result<std::string> ReadWholeFile(const std::filesystem::path& path);

/// Cuts the file to `bytes` and fsyncs it.
Status ShortenFile(const std::filesystem::path& path, std::uint64_t bytes);

/// Creates or empties a file. For marks: its presence is all there is to it.
Status CreateEmptyFile(const std::filesystem::path& path);

/// Makes creations, renames and removals in `directory` durable.
Status SyncDirectory(const std::filesystem::path& directory);

/// Its entries as far as they can be listed; files may come and go meanwhile.
std::vector<std::filesystem::path> ListDirectory(const std::filesystem::path& directory);

/// Creates `directory` and what is missing above it, durably. Fails if it is something else.
Status EnsureDirectory(const std::filesystem::path& directory);

/// A file descriptor that is closed at the end of its scope.
class OwnedDescriptor {
 public:
  explicit OwnedDescriptor(int descriptor) : descriptor_(descriptor) {}
  ~OwnedDescriptor();
  OwnedDescriptor(OwnedDescriptor&& other) noexcept;
  OwnedDescriptor& operator=(OwnedDescriptor&& other) noexcept;
  int get() const { return descriptor_; }
  bool is_open() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

}  // namespace oncegate::store
