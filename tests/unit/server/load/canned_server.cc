#include "tests/unit/server/load/canned_server.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace oncegate {

CannedServer::CannedServer(std::chrono::milliseconds pause, std::vector<std::string> answers)
    : answers_(std::move(answers)), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener_, 1) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no listener");
  }
  port_ = std::to_string(ntohs(address.sin_port));
  thread_ = std::thread([this, pause] { Serve(pause); });
}

CannedServer::~CannedServer() {
  if (thread_.joinable()) thread_.join();
  close(listener_);
}

std::vector<std::string> CannedServer::Join() {
  thread_.join();
  return requests_;
}

void CannedServer::Serve(std::chrono::milliseconds pause) {
  const int client = accept(listener_, nullptr, nullptr);
  char buffer[4096];
  for (;;) {
    const ssize_t got = recv(client, buffer, sizeof buffer, 0);
    if (got <= 0) break;
    if (requests_.empty()) std::this_thread::sleep_for(pause);
    requests_.emplace_back(buffer, static_cast<std::size_t>(got));
    const std::string& answer = answers_[std::min(requests_.size(), answers_.size()) - 1];
    if (send(client, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
  }
  close(client);
}

}  // namespace oncegate
