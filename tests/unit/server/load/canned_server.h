// CannedServer: answers the requests of one connection with what it was given, whatever they are.
#pragma once

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace oncegate {

class CannedServer {
 public:
  /// The last answer is given again and again. Before the first one it stands still for a while.
  /// A request has to arrive in one piece.
  CannedServer(std::chrono::milliseconds pause, std::vector<std::string> answers);
  ~CannedServer();

  const std::string& port() const { return port_; }
  /// The bodies that arrived, in order; after the client has gone.
  std::vector<std::string> Join();

 private:
  void Serve(std::chrono::milliseconds pause);

  const std::vector<std::string> answers_;
  const int listener_;
  std::string port_;
  std::vector<std::string> requests_;  // Of thread_ until it is joined.
  std::thread thread_;
};

}  // namespace oncegate
