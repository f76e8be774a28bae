// Clients that keep their connections busy without ever getting on: each sends or reads a byte at a
// time, so that a timeout between two bytes would never end them.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/http_client.h"

namespace oncegate::hostile {

enum class Slowness : std::uint8_t { kHead, kBody, kChunks, kReader };

/// One of them. Its verbs never wait.
class SlowClient {
 public:
  SlowClient(Slowness slowness, std::uint16_t port);

  /// One byte more. False once the service has answered or closed.
  bool Drip();
  /// The status of the answer it got; 0: the connection was just closed.
  int Status();

 private:
  bool Read();

  Slowness slowness_;
  testing::RawConnection connection_;
};

/// A client that sends one event a request over one connection, and measures.
class GoodClient {
 public:
  GoodClient(std::uint16_t port, std::string producer)
      : connection_(port), producer_(std::move(producer)) {}

  /// The status of the answer; 0: there was none.
  int Post();
  /// Of the last Post.
  std::chrono::microseconds latency() const { return latency_; }

 private:
  testing::RawConnection connection_;
  std::string producer_;
  int sequence_ = 0;
  std::chrono::microseconds latency_{0};
};

}  // namespace oncegate::hostile
