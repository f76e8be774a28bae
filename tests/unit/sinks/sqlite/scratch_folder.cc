#include "tests/unit/sinks/sqlite/scratch_folder.h"

#include <cstdlib>
#include <stdexcept>
#include <system_error>

namespace oncegate::sqlite {

ScratchFolder::ScratchFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "oncegate-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed: " + name);
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace oncegate::sqlite
