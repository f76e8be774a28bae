// AddressFile: tells other processes where a listener really is (it may have chosen its port).
#pragma once

#include <filesystem>
#include <string>

#include "dedupe/types/result.h"

namespace oncegate {

/// The file exists from Write to the destruction of the object.
class AddressFile {
 public:
  /// Replaces the file as a whole: a reader sees all of the old or all of the new content.
  static Result<AddressFile> Write(std::filesystem::path path, const std::string& address);
  ~AddressFile();
  AddressFile(AddressFile&& other) noexcept;
  AddressFile& operator=(AddressFile&&) = delete;

 private:
  explicit AddressFile(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;  // Empty: moved away.
};

}  // namespace oncegate
