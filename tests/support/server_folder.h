// What throwaway servers of tests have in common: a temporary folder that does not outlive the test
// program, however that ends, and a port.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace oncegate::test {

struct ServerFolderOptions {
  std::string name;      // Of the kind of server, for the folder's name.
  std::string user;      // Who owns the folder if a root test makes it.
  std::string pid_file;  // Within the folder; there while the server runs.
  std::string signal;    // Ends a server that was left behind, e.g. "QUIT".
};

/// The destructor removes the folder, which the server has left by then. Where the test dies before
/// that, a janitor ends the server and removes the folder.
class ServerFolder {
 public:
  explicit ServerFolder(const ServerFolderOptions& options);
  ~ServerFolder();
  ServerFolder(const ServerFolder&) = delete;
  ServerFolder& operator=(const ServerFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  pid_t janitor_ = -1;
  int janitor_pipe_ = -1;  // Its end tells the janitor that the test is gone.
};

/// A port of 127.0.0.1 that nobody uses; it may be somebody else's a moment later.
std::uint16_t FreePort();

}  // namespace oncegate::test
