#include "server/app/address_file.h"

#include <fstream>
#include <system_error>
#include <utility>

namespace oncegate {

Result<AddressFile> AddressFile::Write(std::filesystem::path path, const std::string& address) {
  const std::filesystem::path unfinished = path.string() + ".new";
  std::ofstream file(unfinished, std::ios::trunc);
  file << address << '\n';
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(unfinished, path, error);
  if (!file || error)
    return Error{path.string() + " can not be written; check the folder's permissions"};
  return AddressFile(std::move(path));
}

AddressFile::AddressFile(AddressFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}

AddressFile::~AddressFile() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove(path_, ignored);
}

}  // namespace oncegate
