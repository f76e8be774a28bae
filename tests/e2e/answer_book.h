// AnswerBook: what clients were told, on disk before they act on it. It is the other side of the
// promise: whatever this book says is settled has to be in the sink.
//
// Noting is thread-safe. Every failure throws std::runtime_error.
#pragma once

#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace oncegate::e2e {

class AnswerBook {
 public:
  /// A new file.
  explicit AnswerBook(std::filesystem::path path);
  ~AnswerBook();
  AnswerBook(const AnswerBook&) = delete;
  AnswerBook& operator=(const AnswerBook&) = delete;

  /// These events were answered as settled. On disk when it returns.
  void Note(const std::vector<std::string>& settled);
  /// All that was noted, read back from the file.
  std::set<std::string> Read() const;

 private:
  const std::filesystem::path path_;
  std::mutex mutex_;
  int file_ = -1;  // Guarded by mutex_.
};

}  // namespace oncegate::e2e
