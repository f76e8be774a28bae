#include "tests/e2e/answer_book.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>
#include <utility>

namespace oncegate::e2e {

AnswerBook::AnswerBook(std::filesystem::path path) : path_(std::move(path)) {
  file_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
  if (file_ < 0) throw std::runtime_error("can not make " + path_.string());
}

AnswerBook::~AnswerBook() { close(file_); }

void AnswerBook::Note(const std::vector<std::string>& settled) {
  std::string lines;
  for (const std::string& event : settled) lines += event + "\n";
  std::lock_guard lock(mutex_);
  if (write(file_, lines.data(), lines.size()) != static_cast<ssize_t>(lines.size()) ||
      fdatasync(file_) != 0) {
    throw std::runtime_error("can not write " + path_.string());
  }
}

std::set<std::string> AnswerBook::Read() const {
  std::set<std::string> settled;
  std::ifstream file(path_);
  std::string line;
  while (std::getline(file, line)) settled.insert(line);
  return settled;
}

}  // namespace oncegate::e2e
