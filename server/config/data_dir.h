// What lies where in the data folder.
#pragma once

#include <filesystem>

namespace oncegate {

inline std::filesystem::path IndexDirectory(const std::filesystem::path& data_dir) {
  return data_dir / "index";
}
inline std::filesystem::path JournalDirectory(const std::filesystem::path& data_dir) {
  return data_dir / "journal";
}
/// One line: the address that the listener really has.
inline std::filesystem::path IngestAddressFile(const std::filesystem::path& data_dir) {
  return data_dir / "ingest.addr";
}
inline std::filesystem::path OpsAddressFile(const std::filesystem::path& data_dir) {
  return data_dir / "ops.addr";
}

}  // namespace oncegate
