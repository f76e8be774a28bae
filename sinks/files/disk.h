// Files and folders with errors as values. Every error is SinkErrorClass::kConnection: a disk that
// is full, read-only, broken or away is no event's fault. Blocking; one thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "sinks/sink.h"

namespace oncegate::files {

/// The error of the call that just set errno to `error_number`.
SinkError DiskError(int error_number, std::string_view doing, const std::filesystem::path& path);

/// An open file, for writing.
class File {
 public:
  /// Fails where there is such a file. Its mode is 0666 less the umask.
  static SinkResult<File> Create(const std::filesystem::path& path);
  /// Fails where there is none.
  static SinkResult<File> Open(const std::filesystem::path& path);
  ~File();
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  SinkResult<std::uint64_t> Size() const;
  /// All of the bytes, or an error; then any number of them may have been written.
  SinkStatus WriteAt(std::uint64_t offset, std::string_view bytes);
  SinkStatus Truncate(std::uint64_t bytes);
  /// Content and size are durable once it succeeded. After a failure nothing may be taken for
  /// durable that was written since the last success, however often it is called again.
  SinkStatus SyncData();

 private:
  static SinkResult<File> OpenWith(const std::filesystem::path& path, int flags);
  File(int descriptor, std::filesystem::path path)
      : descriptor_(descriptor), path_(std::move(path)) {}

  int descriptor_ = -1;
  std::filesystem::path path_;
};

/// Makes names in the folder durable: those made, renamed and removed.
SinkStatus SyncFolder(const std::filesystem::path& folder);
/// Makes the folder, durably, if it is not there. Its parent has to be.
SinkStatus MakeFolder(const std::filesystem::path& folder);
/// Replaces nothing: fails where `to` exists.
SinkStatus Rename(const std::filesystem::path& from, const std::filesystem::path& to);
/// False where nothing, or no regular file, has this name.
SinkResult<bool> FileExists(const std::filesystem::path& path);

}  // namespace oncegate::files
